"""The notebook of exactly one run: the same settings, seed and events, so that it ends with the recorded numbers."""

import json

from normlab.describe import title
from normlab.export.tables import provenance
from normlab.settings import differences
from normlab.store import Run

_INTRODUCTION = """\
# {title}

This notebook trains one normlab run again and looks at it. It needs normlab, in the Python that runs it
(`pip install --editable .` in a copy of its repository).

{provenance}

With the same versions on the same kind of machine the numbers come out to the last digit; elsewhere sums are rounded in
another order, and a run ends a little differently.
"""

_CONFIGURE = """\
import altair as alt
import pandas as pd
import torch

from normlab import EpochEnd, RunConfig, Store, changed, run_id, train

config = changed(RunConfig(), {settings})
assert run_id(config) == "{run_id}", "this normlab gives these settings another meaning"
"""

_TRAIN = """\
torch.set_num_threads({threads})


def tell(event):
    if isinstance(event, EpochEnd):
        print(f"epoch {{event.epoch:2}}  loss {{event.train.loss:.4f}}  test accuracy {{event.test.accuracy:.2%}}")


run = train(config, on_event=tell)
"""

_COMPARE = """\
recorded = {accuracy}
print(f"test accuracy: recorded {{recorded:.2%}}, now {{run.test.accuracy:.2%}}")
"""

_CURVES = """\
lines = alt.Chart(run.history).mark_line(point=True).encode(x="epoch", color=alt.Color("series:N"))


def both(what, title):
    folded = lines.transform_fold([f"train_eval_{what}", f"test_{what}"], as_=["series", title])
    return folded.encode(y=alt.Y(f"{title}:Q", scale=alt.Scale(zero=False)))


both("accuracy", "accuracy") | both("loss", "loss in nats")
"""

_LAYERS = """\
layers = pd.DataFrame(
    [
        (end.epoch, layer.layer, stage.stage, float(stage.mean.mean()), float(stage.std.mean()))
        for end in run.epochs
        for layer in end.layers
        for stage in layer.stages
    ],
    columns=["epoch", "block", "after", "mean", "std"],
)
layers[layers["epoch"] == layers["epoch"].max()].round(3)
"""

_NETWORK = """\
run.network
"""


def notebook(run: Run) -> str:
    """A Jupyter notebook (format 4.5) as JSON; a run without a record gives one that compares nothing."""
    told = run.record or run.started
    settings = {name: _plain(value) for name, value in differences(run.config).items()}
    about = "\n".join(f"- {what}: {value}" for what, value in provenance(run))
    accuracy = run.record.test_accuracy if run.record else None
    cells = [
        _text(_INTRODUCTION.format(title=title(run.config), provenance=about)),
        _code(_CONFIGURE.format(settings=settings, run_id=run.run_id)),
        _text("## Training\n\nNothing is kept but `run`; `run.save(Store.open())` puts it beside the app's own."),
        _code(_TRAIN.format(threads=told.threads if told else 1)),
        *([_code(_COMPARE.format(accuracy=accuracy))] if accuracy is not None else []),
        _text("## Curves"),
        _code(_CURVES),
        _text("## Layers\n\nMean and standard deviation behind ReLU and behind each norm, mean over the channels."),
        _code(_LAYERS),
        _text("## The trained network"),
        _code(_NETWORK),
    ]
    numbered = [{"id": f"cell-{place}", **cell} for place, cell in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    """As Python writes it without importing normlab's choices."""
    if isinstance(value, tuple):
        return tuple(str(item) for item in value)
    return str(value) if isinstance(value, str) else value


def _text(source: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.strip().splitlines(keepends=True)}


def _code(source: str) -> dict[str, object]:
    lines = source.strip().splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": lines}
