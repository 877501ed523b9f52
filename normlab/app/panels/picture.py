"""The network as a row of boxes that wraps: every stage with its steps, and the shape of what it hands on."""

from normlab.charts.theme import FAINT, INK, stage_color
from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.describe import IMAGE_SIZE, NORM_NAMES, Block, Pointwise, Stage, block_steps, layer_table, stages

_ROW = "display:flex;flex-wrap:wrap;align-items:stretch;gap:6px 4px;font-size:0.8rem;line-height:1.35"
_CHIP = "display:block;border-radius:4px;padding:1px 7px;margin-top:3px;white-space:nowrap"


def picture(model: ModelConfig, *, dark: bool) -> str:
    """HTML. Norms have their colors; below each box stands the output's shape (channels × height × width)."""
    shapes = {row.name.split(".")[0]: row.shape for row in layer_table(model)}
    boxes = [_box("Image", [], (1, IMAGE_SIZE, IMAGE_SIZE), dark=dark)]
    boxes += [
        _box(_name(stage), _steps(stage, model, dark=dark), shapes[stage.name], dark=dark) for stage in stages(model)
    ]
    boxes.append(_box("Output", [_chip("log-softmax", dark=dark)], shapes["output"], dark=dark))
    arrow = '<div aria-hidden="true" style="align-self:center;opacity:0.6">→</div>'
    return f'<div role="img" aria-label="{alt(model)}" style="{_ROW}">{arrow.join(boxes)}</div>'


def alt(model: ModelConfig) -> str:
    """The network in one sentence."""
    told = []
    for stage in stages(model):
        match stage:
            case Block():
                norms = ", ".join(NORM_NAMES[norm] for norm in model.norms)
                told.append(f"{_name(stage)} with {stage.outputs} channels{f' and {norms}' if norms else ''}")
            case _:
                told.append(_name(stage))
    return f"Network: image, {', '.join(told)}, log-softmax over ten classes."


def _name(stage: Stage) -> str:
    match stage:
        case Block():
            return stage.name.replace("block", "Block ")
        case Pointwise():
            return stage.name.capitalize()
        case _:
            return f"{stage.kind.capitalize()} pooling"


def _steps(stage: Stage, model: ModelConfig, *, dark: bool) -> list[str]:
    match stage:
        case Block():
            steps = [_chip(f"conv 3×3, {stage.inputs} → {stage.outputs}", dark=dark), _chip("ReLU", dark=dark)]
            return [*steps, *(_step(step, model, dark=dark) for step in block_steps(model))]
        case Pointwise():
            return [_chip(f"conv 1×1, {stage.inputs} → {stage.outputs}", dark=dark)]
        case _:
            return [_chip(f"{stage.size}×{stage.size}", dark=dark)]


def _step(step: str, model: ModelConfig, *, dark: bool) -> str:
    if step == "dropout":
        return _chip(f"dropout {model.dropout:g}", dark=dark)
    groups = f", {model.groups} groups" if step == Norm.GN else ""
    return _chip(NORM_NAMES[Norm(step)] + groups, dark=dark, edge=stage_color(step, dark=dark))


def _box(name: str, steps: list[str], shape: tuple[int, int, int], *, dark: bool) -> str:
    style = f"border:1px solid {FAINT[dark]};border-radius:8px;padding:7px 9px;display:flex;flex-direction:column"
    size = " × ".join(map(str, shape))
    below = f'<span style="margin-top:auto;padding-top:5px;opacity:0.7;font-variant-numeric:tabular-nums">{size}</span>'
    return f'<div style="{style}"><strong>{name}</strong>{"".join(steps)}{below}</div>'


def _chip(text: str, *, dark: bool, edge: str = "") -> str:
    look = f"border-left:4px solid {edge};background:{edge}22;" if edge else f"background:{FAINT[dark]};"
    return f'<span style="{_CHIP};{look}color:{INK[dark]}">{text}</span>'
