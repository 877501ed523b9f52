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

from normlab import RunConfig, StudyNet, load_splits, train
from normlab.identity import run_id
from normlab.record import EpochEnd, Snapshot
from normlab.settings import changed

config = changed(RunConfig(), {settings})
assert run_id(config) == "{run_id}", "this normlab gives these settings another meaning"
"""

_TRAIN = """\
torch.set_num_threads({threads})
epochs, snapshots = [], {{}}
for event in train(config, load_splits(config.data)):
    if isinstance(event, EpochEnd):
        epochs.append(event)
        print(f"epoch {{event.epoch:2}}  loss {{event.train.loss:.4f}}  test accuracy {{event.test.accuracy:.2%}}")
    elif isinstance(event, Snapshot):
        snapshots[event.epoch] = event
"""

_COMPARE = """\
recorded = {accuracy}
print(f"test accuracy: recorded {{recorded:.2%}}, now {{epochs[-1].test.accuracy:.2%}}")
"""

_CURVES = """\
scores = pd.DataFrame(
    [
        (end.epoch, name, 100 * score.accuracy, score.loss)
        for end in epochs
        for name, score in (("training, eval mode", end.train_eval), ("test", end.test))
    ],
    columns=["epoch", "series", "accuracy (%)", "loss (nats)"],
)
lines = alt.Chart(scores).mark_line(point=True).encode(x="epoch", color="series")
lines.encode(y=alt.Y("accuracy (%)", scale=alt.Scale(zero=False))) | lines.encode(y="loss (nats)")
"""

_LAYERS = """\
layers = pd.DataFrame(
    [
        (end.epoch, layer.layer, stage.stage, float(stage.mean.mean()), float(stage.std.mean()))
        for end in epochs
        for layer in end.layers
        for stage in layer.stages
    ],
    columns=["epoch", "block", "after", "mean", "std"],
)
layers[layers["epoch"] == epochs[-1].epoch].round(3)
"""

_NETWORK = """\
network = StudyNet(config.model)
weights = snapshots[max(snapshots)].weights
network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
network.eval()
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
        _text("## Training\n\nTo stop is to stop iterating; nothing is kept but what this cell keeps."),
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
