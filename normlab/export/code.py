"""A run's network and recipe as one PyTorch script that does not need normlab.

The script is written for this one configuration: what it does not use does not appear in it.
"""

from dataclasses import dataclass
from textwrap import fill

from normlab.choices import Augmentation, L1Step, Norm, Optimizer, Schedule, Scope, Trainable
from normlab.config import ModelConfig, PenaltyConfig, RunConfig
from normlab.describe import (
    Block,
    Pointwise,
    Stage,
    blocks,
    has_bias,
    norm_parameters,
    parameter_count,
    stages,
    starts_at_scale,
)
from normlab.identity import canonical
from normlab.templates import render
from normlab.titles import title

_WIDTH = 100
"""Characters of a line, at most."""


def pytorch_code(config: RunConfig) -> str:
    """A script with `build_network()`, `load_data()`, `train()` and a main guard; it prints one line an epoch."""
    config = canonical(config)
    dataset, is_augmented = config.data.dataset.spec, config.data.augmentation is not Augmentation.NONE
    script = dataset.script
    needs = ["torch", *(["torchvision"] if is_augmented else []), script.needs, "numpy"]
    imports = [script.imports, "from torch import nn", "from torch.nn import functional"]
    imports += ["from torchvision.transforms import v2"] if is_augmented else []
    mean, std = dataset.normalization
    return render(
        __package__,
        "script.py",
        title=fill(title(config), _WIDTH - len('"""')),
        needs=dict.fromkeys(needs),
        imports=sorted(filter(None, imports)),
        config=config,
        network=_network(config.model),
        data=config.data,
        dataset=dataset,
        mean=mean,
        std=std,
        is_augmented=is_augmented,
        covered=_COVERED,
        scopes=_scopes(config.penalty),
        terms=_terms(config.penalty),
        is_proximal=_is_proximal(config.penalty),
        has_inner=_has_inner(config),
        trainable=config.optim.trainable,
        norms=[str(norm) for norm in config.model.norms],
        counts=[(int(name.removeprefix("block")), n) for name, n in norm_parameters(config.model).items()],
        schedule=config.optim.schedule,
        Optimizer=Optimizer,
        Schedule=Schedule,
        Scope=Scope,
        Trainable=Trainable,
    )


def _network(model: ModelConfig) -> dict[str, object]:
    """A block's steps in words and as modules, the stages, and how the weights start.

    Where not all blocks have the norms, `block` is that of one that has them, and `is_partial` is true.
    """
    steps = next((block.steps for block in blocks(model) if block.norms), blocks(model)[0].steps)
    names = ["3×3 convolution", "ReLU", *(_name(step) for step in steps)]
    scripts = [norm.spec.script(model) for norm in model.norms]
    is_partial = bool(model.norms) and not all(block.norms for block in blocks(model))
    bias = has_bias(model)
    return {
        "definitions": [script.definition for script in scripts if script.definition],
        "steps": fill(" → ".join(names), 90, subsequent_indent="    "),
        "block": [(step, _module(step, model)) for step in steps],
        "is_partial": is_partial,
        "stages": [(stage.name, _stage(stage, bias=bias, is_partial=is_partial)) for stage in stages(model)],
        "parameters": f"{parameter_count(model):,}",
        "has_bias": bias,
        "starts_at_scale": starts_at_scale(model),
    }


def _name(step: str) -> str:
    return step if step == "dropout" else Norm(step).spec.name


def _module(step: str, model: ModelConfig) -> str:
    return f"nn.Dropout({model.dropout!r})" if step == "dropout" else Norm(step).spec.script(model).module


def _stage(stage: Stage, *, bias: bool, is_partial: bool) -> str:
    match stage:
        case Block():
            options = f", padding={stage.padding}" if stage.padding else ""
            options += ", has_norm=False" if is_partial and not stage.norms else ""
            return f"block({stage.inputs}, {stage.outputs}{options})"
        case Pointwise():
            return f"nn.Conv2d({stage.inputs}, {stage.outputs}, 1, bias={bias})"
        case _:
            return f"nn.{'Max' if stage.kind == 'max' else 'Avg'}Pool2d({stage.size})"


_COVERED = {
    Scope.ALL: "network.parameters()",
    Scope.WEIGHTS: "(p for p in network.parameters() if p.dim() == 4)",
    Scope.GAMMA: "gammas(network)",
    Scope.INNER: "inner(network)",
}


@dataclass(frozen=True, slots=True)
class _Term:
    """What is added to the loss: the sum of `size` over what `scope` covers, and how much of it."""

    name: str
    size: str
    scope: Scope
    amount: str


def _terms(penalty: PenaltyConfig) -> list[_Term]:
    terms = []
    if penalty.l1 and not _is_proximal(penalty):
        terms.append(_Term("l1", "p.abs()", penalty.l1_scope, f"{penalty.l1!r} * l1"))
    if penalty.l2:
        terms.append(_Term("l2", "p.square()", penalty.l2_scope, f"{penalty.l2!r} / 2 * l2"))
    return terms


def _has_inner(config: RunConfig) -> bool:
    """Whether the script treats the convolutions in front of the head in a way of their own."""
    return (config.model.init_scale, config.optim.conv_lr_scale, config.optim.weight_norms) != (1, 1, 0)


def _is_proximal(penalty: PenaltyConfig) -> bool:
    """Whether L1 is a step of its own, and not in the loss."""
    return bool(penalty.l1) and penalty.l1_step is L1Step.PROXIMAL


def _scopes(penalty: PenaltyConfig) -> set[Scope]:
    """The scopes that are in use."""
    pairs = ((penalty.l1, penalty.l1_scope), (penalty.l2, penalty.l2_scope))
    return {scope for weight, scope in pairs if weight}
