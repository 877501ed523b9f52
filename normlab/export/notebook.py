"""The notebook of exactly one run: the same settings, seed and events, so that it ends with the recorded numbers."""

import json
import re

from normlab.export.tables import provenance
from normlab.settings import differences
from normlab.store import Run
from normlab.templates import render
from normlab.titles import title

_CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def notebook(run: Run) -> str:
    """A Jupyter notebook (format 4.5) as JSON; a run without a record gives one that compares nothing."""
    source = run.record or run.started
    text = render(
        __package__,
        "notebook.md",
        title=title(run.config),
        provenance=provenance(run),
        settings={name: _plain(value) for name, value in differences(run.config).items()},
        run_id=run.run_id,
        threads=source.threads if source else 1,
        accuracy=run.record.test_accuracy if run.record else None,
    )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": _cells(text), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    """As Python writes it without importing normlab's choices."""
    if isinstance(value, tuple):
        return tuple(str(item) for item in value)
    return str(value) if isinstance(value, str) else value


def _cells(text: str) -> list[dict[str, object]]:
    """Fenced Python is a cell of code, and what lies between, one of text."""
    parts = [(place % 2 == 1, part.strip()) for place, part in enumerate(_CODE.split(text))]
    cells = [_code(part) if is_code else _markdown(part) for is_code, part in parts if part]
    return [{"id": f"cell-{place}", **cell} for place, cell in enumerate(cells)]


def _markdown(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, object]:
    source = text.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
