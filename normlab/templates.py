"""Texts that a program writes: templates, and the parts of Markdown that they are made of.

A template lies in the folder `templates` beside the module that fills it in. It holds the words, and the module the
numbers; a name that is not given is an error, never an empty place.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from normlab.numerals import number


def render(package: str, name: str, /, **values: object) -> str:
    """The template `name` of a package, `normlab.export` say, with these values in it.

    A line that holds nothing but a block is not in the text.

    Raises:
        jinja2.UndefinedError: if the template asks for what is not given.
    """
    return _environment(package).get_template(f"{name}.jinja").render(values)


@cache
def _environment(package: str) -> Environment:
    environment = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"table": table, "number": number}
    return environment


def table(rows: Iterable[Sequence[str]], *head: str) -> str:
    """A table of GitHub's Markdown; as a filter `{{ rows | table("arm", "seeds") }}`."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def paragraphs(text: str) -> list[str]:
    """Its paragraphs, parted by blank lines, each in one line."""
    return [line for block in re.split(r"\n\s*\n", text) if (line := " ".join(block.split()))]


def flowing(text: str) -> str:
    """Blank lines part the paragraphs; each is wrapped anew, but for tables, lists, headings and HTML."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(block if block[0] in "|<#-" else _wrapped(block) for block in blocks) + "\n"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), 118, break_long_words=False, break_on_hyphens=False)


def put(document: str, section: str, start: str, end: str) -> str:
    """The document with this section between the marks, in place of the one that is there.

    Raises:
        ValueError: if it has no marks.
    """
    before, found, rest = document.partition(start)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"it has no section between {start} and {end}")
    return f"{before}{start}\n\n{section.strip()}\n\n{end}{after}"
