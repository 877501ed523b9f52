"""A run's network and recipe as one PyTorch script that does not need normlab.

The script is written for this one configuration: what it does not use does not appear in it.
"""

from dataclasses import dataclass
from textwrap import fill

from normlab.choices import Augmentation, L1Step, Norm, Optimizer, Schedule, Scope
from normlab.config import ModelConfig, PenaltyConfig, RunConfig
from normlab.describe import Block, Pointwise, Stage, block_steps, has_bias, parameter_count, stages, starts_at_scale
from normlab.templates import render
from normlab.titles import title

_WIDTH = 100
"""Characters of a line, at most."""


def pytorch_code(config: RunConfig) -> str:
    """A script with `build_network()`, `load_data()`, `train()` and a main guard; it prints one line an epoch."""
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
        schedule=config.optim.schedule,
        Optimizer=Optimizer,
        Schedule=Schedule,
        Scope=Scope,
    )


def _network(model: ModelConfig) -> dict[str, object]:
    """A block's steps in words and as modules, the stages, and how the weights start."""
    names = ["3×3 convolution", "ReLU", *(_name(step) for step in block_steps(model))]
    scripts = [norm.spec.script(model) for norm in model.norms]
    bias = has_bias(model)
    return {
        "definitions": [script.definition for script in scripts if script.definition],
        "steps": fill(" → ".join(names), 90, subsequent_indent="    "),
        "block": [(step, _module(step, model)) for step in block_steps(model)],
        "stages": [(stage.name, _stage(stage, bias=bias)) for stage in stages(model)],
        "parameters": f"{parameter_count(model):,}",
        "has_bias": bias,
        "starts_at_scale": starts_at_scale(model),
    }


def _name(step: str) -> str:
    return step if step == "dropout" else Norm(step).spec.name


def _module(step: str, model: ModelConfig) -> str:
    return f"nn.Dropout({model.dropout!r})" if step == "dropout" else Norm(step).spec.script(model).module


def _stage(stage: Stage, *, bias: bool) -> str:
    match stage:
        case Block():
            padding = f", padding={stage.padding}" if stage.padding else ""
            return f"block({stage.inputs}, {stage.outputs}{padding})"
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


def _is_proximal(penalty: PenaltyConfig) -> bool:
    """Whether L1 is a step of its own, and not in the loss."""
    return bool(penalty.l1) and penalty.l1_step is L1Step.PROXIMAL


def _scopes(penalty: PenaltyConfig) -> set[Scope]:
    """The scopes that are in use."""
    pairs = ((penalty.l1, penalty.l1_scope), (penalty.l2, penalty.l2_scope))
    return {scope for weight, scope in pairs if weight}
