"""The network as data for the drawing: every stage in order, its norm and dropout, and two small lines a block.

The lines are the spread of the block's activations over the epochs, before its norms and after them. All blocks share
one scale, so that lines tell which blocks are loud.
"""

from functools import lru_cache
from typing import Any

import pandas as pd

from normlab import frames
from normlab.app.shell.moment import nearest
from normlab.charts.scales import ceiling
from normlab.charts.theme import stage_color
from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.describe import IMAGE_SIZE, Block, Pointwise, Stage, layer_table, norm_label, stages
from normlab.numerals import number
from normlab.record import Status
from normlab.store import Run

WIDTH, HEIGHT = 100, 26
"""Of the field that a line's points lie in."""

_LINES = ("input_std", "output_std")


@lru_cache(maxsize=64)
def picture(run: Run, epoch: int | None = None) -> dict[str, Any]:
    """What the drawing shows after `epoch`, or the newest; only `lines`, `now` and `told` change with it."""
    model = run.config.model
    frame = frames.overview(run)
    top = ceiling([*frame["input_std"], *frame["output_std"]]) if len(frame) else 1.0
    shapes = {row.name.split(".")[0]: " × ".join(map(str, row.shape)) for row in layer_table(model)}
    drawn = [_stage(stage, model, shapes[stage.name]) for stage in stages(model)]
    spreads = dict(iter(frame.groupby("block")))
    for stage, item in zip(stages(model), drawn, strict=True):
        if not isinstance(stage, Block):
            continue
        block = spreads.get(stage.name, frame)
        item["lines"] = _lines(block, stage, run.config.optim.epochs, top)
        item["told"] += _now(block, epoch, bool(stage.norms))
    image = _plain("", "Image", f"Input: an image of 1 × {IMAGE_SIZE} × {IMAGE_SIZE} values")
    output = _plain("", "Output", "Log-softmax: ten log-probabilities")
    now = None if epoch is None else WIDTH * epoch / run.config.optim.epochs
    return {"label": alt(model), "stages": [image, *drawn, output], "width": WIDTH, "height": HEIGHT, "now": now}


def alt(model: ModelConfig) -> str:
    """The network in one sentence."""
    names = []
    for stage in stages(model):
        match stage:
            case Block():
                norms = ", ".join(norm.spec.name for norm in stage.norms)
                names.append(f"{_name(stage)} with {stage.outputs} channels{f' and {norms}' if norms else ''}")
            case _:
                names.append(_name(stage))
    return f"Network: image, {', '.join(names)}, log-softmax over ten classes."


def _name(stage: Stage) -> str:
    match stage:
        case Block():
            return stage.name.replace("block", "Block ")
        case Pointwise():
            return stage.name.capitalize()
        case _:
            return f"{stage.kind.capitalize()} pooling"


def _stage(stage: Stage, model: ModelConfig, shape: str) -> dict[str, Any]:
    match stage:
        case Block():
            steps = ", ".join(_words(step, model) for step in stage.steps)
            words = f"{_name(stage)}: convolution 3×3, {stage.inputs} → {stage.outputs} channels, ReLU"
            words += f"{', ' if steps else ''}{steps}. Output {shape}."
            chips = [_chip(step, model) for step in stage.steps]
            return {"key": stage.name, "name": _name(stage), "told": words, "chips": chips}
        case Pointwise():
            words = f"{_name(stage)}: convolution 1×1, {stage.inputs} → {stage.outputs} channels. Output {shape}."
            return _plain(stage.name, "Head" if stage.name == "head" else "1×1", words)
        case _:
            word = "Max" if stage.kind == "max" else "Mean"
            return _plain(stage.name, f"{word} {stage.size}×{stage.size}", f"{_name(stage)}. Output {shape}.")


def _plain(key: str, name: str, told: str) -> dict[str, Any]:
    return {"key": key, "name": name, "told": told, "chips": [], "lines": []}


def _words(step: str, model: ModelConfig) -> str:
    if step == "dropout":
        return f"dropout {model.dropout:g}"
    return Norm(step).spec.title(model.groups)


def _chip(step: str, model: ModelConfig) -> dict[str, str]:
    """ "BN" in its color; "drop 0.05" in none."""
    if step == "dropout":
        return {"text": f"drop {model.dropout:g}", "color": ""}
    return {"text": Norm(step).spec.label(model.groups), "color": stage_color(step)}


def _lines(frame: pd.DataFrame, block: Block, epochs: int, top: float) -> list[dict[str, str]]:
    """Gray before the norms, and in the last norm's color after them; one line without a norm."""
    after = stage_color(str(block.norms[-1])) if block.norms else ""
    fields = zip(_LINES, ("", after), strict=True) if block.norms else [(_LINES[1], "")]
    return [{"color": color, "points": _points(frame["epoch"], frame[field], epochs, top)} for field, color in fields]


def _points(x: "pd.Series[int]", y: "pd.Series[float]", epochs: int, top: float) -> str:
    """As SVG writes them; a single epoch is a short stroke."""
    places = [(WIDTH * epoch / epochs, HEIGHT * (1 - value / top)) for epoch, value in zip(x, y, strict=True)]
    if len(places) == 1:
        ((right, height),) = places
        places = [(max(right - WIDTH / 2, 0), height), (right, height)]
    return " ".join(f"{right:.1f},{down:.1f}" for right, down in places)


def _now(frame: pd.DataFrame, epoch: int | None, has_norm: bool) -> str:
    """ " After epoch 12: spread 0.46 before the norm and 0.95 after it." """
    if frame.empty:
        return ""
    shown = nearest(list(frame["epoch"]), epoch)
    row = frame[frame["epoch"] == shown].iloc[0]
    if not has_norm:
        return f" After epoch {shown}: spread {number(row['output_std'])}."
    before, after = number(row["input_std"]), number(row["output_std"])
    return f" After epoch {shown}: spread {before} before the norm and {after} after it."


def legend(run: Run) -> str:
    """How to read the lines."""
    model, kept = run.config.model, frames.layer_epochs(run)
    what = f"gray before {norm_label(model)}, color after" if model.norms else "after ReLU"
    when = "per epoch" if len(kept) != 1 or run.status is Status.RUNNING else f"after epoch {kept[0]}"
    if not kept and run.status is not Status.RUNNING:
        return "This run ended before its first epoch did: no activation spread was measured."
    if not kept:
        return f"Once it trains: activation spread {when}, {what}."
    return f"Activation spread {when}: {what}."
