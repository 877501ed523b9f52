"""A run's network and recipe as one PyTorch script that does not need normlab.

The script is written for this one configuration: what it does not use does not appear in it.
"""

from textwrap import fill, indent

from normlab.choices import Augmentation, L1Step, Norm, Scope
from normlab.config import ModelConfig, RunConfig
from normlab.describe import (
    Block,
    Pointwise,
    Stage,
    block_steps,
    has_bias,
    parameter_count,
    stages,
    starts_at_scale,
    title,
)
from normlab.export.data_code import data_code
from normlab.export.training_code import training_code


def pytorch_code(config: RunConfig) -> str:
    """A script with `build_network()`, `load_data()`, `train()` and a main guard; it prints one line an epoch."""
    parts = [
        _head(config),
        _network(config.model),
        data_code(config),
        _penalty(config),
        training_code(config),
        'if __name__ == "__main__":\n    train()',
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _head(config: RunConfig) -> str:
    script, augmented = config.data.dataset.spec.script, config.data.augmentation is not Augmentation.NONE
    needs = dict.fromkeys(["torch", *(["torchvision"] if augmented else []), script.needs, "numpy"])
    sources = [script.imports, "from torch import nn", "from torch.nn import functional"]
    sources += ["from torchvision.transforms import v2"] if augmented else []
    optim = config.optim
    lines = [
        f'"""{title(config)}',
        "",
        "The network and the recipe of one normlab run, without normlab. Same images, labels and",
        "rules, but other random numbers: expect its result up to what another seed changes.",
        "",
        f"Needs {', '.join(needs)}.",
        '"""',
        "",
        "from collections import OrderedDict",
        "",
        "import numpy as np",
        "import torch",
        *sorted(filter(None, sources)),
        "",
        f"SEED, EPOCHS, BATCH, LR = {config.seed}, {optim.epochs}, {optim.batch_size}, {optim.lr!r}",
    ]
    return "\n".join(lines)


def _network(model: ModelConfig) -> str:
    words = ["3×3 convolution", "ReLU", *(_words(step) for step in block_steps(model))]
    modules = ['"relu": nn.ReLU(),', *(f'"{step}": {_module(step, model)},' for step in block_steps(model))]
    bias = has_bias(model)
    layers = "\n".join(f'"{stage.name}": {_stage(stage, bias=bias)},' for stage in stages(model))
    needed = [norm.spec.script(model).definition for norm in model.norms]
    definitions = "".join(f"{definition}\n\n\n" for definition in needed if definition)
    return f'''{definitions}def block(inputs: int, outputs: int, padding: int = 0) -> nn.Sequential:
    """{fill(" → ".join(words), 90, subsequent_indent="    ")}."""
    layers = {{
        "conv": nn.Conv2d(inputs, outputs, 3, padding=padding, bias={bias}),
{indent(chr(10).join(modules), " " * 8)}
    }}
    return nn.Sequential(OrderedDict(layers))


def build_network() -> nn.Sequential:
    """Images (B, 1, 28, 28) to log-probabilities (B, 10); {parameter_count(model):,} parameters."""
    layers = {{
{indent(layers, " " * 8)}
        "flatten": nn.Flatten(),
        "output": nn.LogSoftmax(dim=1),
    }}
    {"network =" if bias else "return"} nn.Sequential(OrderedDict(layers)){_start(model)}'''


def _start(model: ModelConfig) -> str:
    """How the weights start, where that is not as torch's layers do."""
    if starts_at_scale(model):
        return _HE_START
    return _ZERO_START if has_bias(model) else ""


_HE_START = """
    for module in network.modules():  # no norm: the first weights need the right scale
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return network"""
_ZERO_START = """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.zeros_(module.bias)
    return network"""


def _words(step: str) -> str:
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

_NEEDED = {
    Scope.GAMMA: '''def gammas(network):
    """The learned scales of the norms."""
    return [p for name, p in network.named_parameters() if p.dim() == 1 and name.endswith("weight")]''',
    Scope.INNER: '''def inner(network):
    """All up to the last 3x3 convolution: not the last block's norms, not the head."""
    found = list(network.parameters())
    last = max(place for place, p in enumerate(found) if p.shape[2:] == (3, 3))
    return found[: last + 1]''',
}

_SOFT_THRESHOLD = '''@torch.no_grad()
def soft_threshold(network, lr):
    """L1's proximal step: each weight moves to 0 by lr·λ/(1 − momentum), and stops there."""
    amount = lr * {l1!r} / (1 - {momentum!r})
    for p in {covered}:
        p.copy_(p.sign() * (p.abs() - amount).clamp(min=0))'''


def _penalty(config: RunConfig) -> str:
    """`penalty` for what is added to the loss, `soft_threshold` for the proximal step."""
    penalty = config.penalty
    proximal = bool(penalty.l1) and penalty.l1_step is L1Step.PROXIMAL
    terms: list[str] = []
    if penalty.l1 and not proximal:
        terms += [f"l1 = sum(p.abs().sum() for p in {_COVERED[penalty.l1_scope]})"]
    if penalty.l2:
        terms += [f"l2 = sum(p.square().sum() for p in {_COVERED[penalty.l2_scope]})"]
    amounts = {"l1": f"{penalty.l1!r} * l1", "l2": f"{penalty.l2!r} / 2 * l2"}
    parts = [code for scope, code in _NEEDED.items() if scope in _scopes(config)]
    if terms:
        total = " + ".join(amounts[term[:2]] for term in terms)
        body = "\n    ".join(['"""Added to the data loss, in nats."""', *terms, f"return {total}"])
        parts.append(f"def penalty(network):\n    {body}")
    if proximal:
        covered = _COVERED[penalty.l1_scope]
        parts.append(_SOFT_THRESHOLD.format(l1=penalty.l1, momentum=config.optim.momentum, covered=covered))
    return "\n\n\n".join(parts)


def _scopes(config: RunConfig) -> set[Scope]:
    """The scopes that are in use."""
    penalty = config.penalty
    pairs = ((penalty.l1, penalty.l1_scope), (penalty.l2, penalty.l2_scope))
    return {scope for weight, scope in pairs if weight}
