"""The study's network as data: its layers in order, their output shapes and parameter counts.

The one place that knows the architecture. `training/model.py` builds modules from it, the page draws tables from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from normlab.choices import BLOCK_CHANNELS, TRANSITION_CHANNELS, DropoutPlace, Norm, Scope, Trainable
from normlab.config import ModelConfig
from normlab.datasets import CLASSES

IMAGE_SIZE = 28


@dataclass(frozen=True, slots=True)
class Block:
    """3×3 convolution → ReLU → `steps`: "dropout" and the names of its `norms`, in order."""

    name: str
    inputs: int
    outputs: int
    padding: int
    norms: tuple[Norm, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pointwise:
    """1×1 convolution, neither ReLU nor norm."""

    name: str
    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True)
class Pool:
    """`kind` is "max" or "average"; window and stride are `size`."""

    name: str
    kind: str
    size: int


Stage = Block | Pointwise | Pool


@lru_cache(maxsize=256)
def stages(model: ModelConfig) -> tuple[Stage, ...]:
    """The network in order, input (1, 28, 28), output 10 values that log-softmax turns into log-probabilities."""

    def block(number: int, inputs: int, outputs: int, padding: int = 0) -> Block:
        norms = model.norms if str(number) in model.norm_blocks else ()
        return Block(f"block{number}", inputs, outputs, padding, norms, _steps(model, norms))

    b1, b2, b3, b4, b5, b6 = BLOCK_CHANNELS[model.widths]
    transition = TRANSITION_CHANNELS[model.widths]
    return (
        block(1, 1, b1),
        block(2, b1, b2),
        Pointwise("transition", b2, transition),
        Pool("pool", "max", 2),
        block(3, transition, b3),
        block(4, b3, b4),
        block(5, b4, b5),
        block(6, b5, b6, padding=1),
        Pool("average", "average", 6),
        Pointwise("head", b6, CLASSES),
    )


def _steps(model: ModelConfig, norms: tuple[Norm, ...]) -> tuple[str, ...]:
    names = tuple(str(norm) for norm in norms)
    if not model.dropout:
        return names
    before = model.dropout_place is DropoutPlace.BEFORE_NORM
    return ("dropout", *names) if before else (*names, "dropout")


def blocks(model: ModelConfig) -> tuple[Block, ...]:
    """The stages that are blocks, in order."""
    return tuple(stage for stage in stages(model) if isinstance(stage, Block))


def block(model: ModelConfig, name: str) -> Block:
    """The block of this name. Raises `KeyError` if the network has none."""
    return {block.name: block for block in blocks(model)}[name]


@lru_cache(maxsize=256)
def inner_convolutions(model: ModelConfig) -> tuple[str, ...]:
    """All but the head, by their names in the state dict: where a norm follows, their lengths change no answer."""
    *inner, _ = [stage for stage in stages(model) if not isinstance(stage, Pool)]
    return tuple(f"{stage.name}.conv" if isinstance(stage, Block) else stage.name for stage in inner)


def norm_parameters(model: ModelConfig) -> Mapping[str, int]:
    """How many numbers γ and β of each block with norms have."""
    return {
        block.name: block.outputs * sum(len(norm.spec.parameters) for norm in block.norms)
        for block in blocks(model)
        if block.norms
    }


def covered(model: ModelConfig, scope: Scope) -> frozenset[str]:
    """The parameters that a penalty of this scope covers, by their names; weights of convolutions have four dimensions,
    γ, β and biases one."""
    shapes = {name: shape for name, shape in tensor_shapes(model).items() if "running" not in name}
    return frozenset(name for name, shape in shapes.items() if _is_covered(name, len(shape), scope))


def _is_covered(name: str, dimensions: int, scope: Scope) -> bool:
    match scope:
        case Scope.ALL:
            return True
        case Scope.INNER:
            return not name.startswith("head.") and not (name.startswith("block6.") and dimensions == 1)
        case Scope.WEIGHTS:
            return dimensions == 4
        case Scope.GAMMA:
            return dimensions == 1 and name.endswith("weight")


@dataclass(frozen=True, slots=True)
class Statistic:
    """How many values share a statistic of a block's norm."""

    block: str
    norm: Norm
    values: int


def statistics(model: ModelConfig, images: int) -> tuple[Statistic, ...]:
    """Of every norm in a batch of so many images: images × channels × places that share one mean and spread."""
    sizes = {row.name.removesuffix(".conv"): row.shape[1] for row in layer_table(model)}
    return tuple(
        Statistic(block.name, norm, _sharers(model, norm, images, block.outputs) * sizes[block.name] ** 2)
        for block in blocks(model)
        for norm in block.norms
    )


def _sharers(model: ModelConfig, norm: Norm, images: int, channels: int) -> int:
    """Channels of images that share the first one's statistic."""
    sharing = norm.spec.sharing(images, channels, model.groups, model.ghost_batch)
    return sharing.images.count(sharing.images[0]) * sharing.channels.count(sharing.channels[0])


def is_scale_free(model: ModelConfig) -> bool:
    """Whether the length of no convolution but the head changes an answer (up to ε): a norm divides by it."""
    return all(block.norms for block in blocks(model)) and not has_bias(model)


def has_bias(model: ModelConfig) -> bool:
    """Convolutions have biases only in a network whose norms bring no offset; the study's bare network has none either.

    Which blocks have the norms plays no part, nor in `starts_at_scale`: with fewer of them, all else stays as it was.
    """
    if not model.norms:
        return not model.study_exact
    return not any(norm.spec.has_beta for norm in model.norms)


def starts_at_scale(model: ModelConfig) -> bool:
    """Whether initial weights keep the scale of activations themselves, for no norm sets it; the study's do not."""
    return not model.norms and not model.study_exact


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A line of the layer table; `shape` is (C, H, W) of the output for one image."""

    name: str
    layer: str
    shape: tuple[int, int, int]
    parameters: int


def layer_table(model: ModelConfig) -> list[LayerRow]:
    """Every layer with its output shape and parameter count."""
    rows: list[LayerRow] = []
    size = IMAGE_SIZE
    channels = 1
    bias = has_bias(model)
    for stage in stages(model):
        if isinstance(stage, Pool):
            size //= stage.size
            kind = "Max pooling" if stage.kind == "max" else "Average pooling"
            rows.append(LayerRow(stage.name, f"{kind} {stage.size}×{stage.size}", (channels, size, size), 0))
            continue
        channels = stage.outputs
        area = 9 if isinstance(stage, Block) else 1
        parameters = stage.inputs * channels * area + (channels if bias else 0)
        if isinstance(stage, Pointwise):
            rows.append(LayerRow(stage.name, "Convolution 1×1", (channels, size, size), parameters))
            continue
        size += 2 * stage.padding - 2
        rows += _block_rows(model, stage, (channels, size, size), parameters)
    rows.append(LayerRow("output", "Log-softmax", (CLASSES, 1, 1), 0))
    return rows


def _block_rows(model: ModelConfig, block: Block, shape: tuple[int, int, int], parameters: int) -> list[LayerRow]:
    padding = f", padding {block.padding}" if block.padding else ""
    rows = [
        LayerRow(f"{block.name}.conv", f"Convolution 3×3{padding}", shape, parameters),
        LayerRow(f"{block.name}.relu", "ReLU", shape, 0),
    ]
    for step in block.steps:
        if step == "dropout":
            rows.append(LayerRow(f"{block.name}.dropout", f"Dropout {model.dropout:g}", shape, 0))
        else:
            spec = Norm(step).spec
            parameters = len(spec.parameters) * block.outputs
            rows.append(LayerRow(f"{block.name}.{step}", spec.title(model.groups, ", "), shape, parameters))
    return rows


def parameter_count(model: ModelConfig) -> int:
    """Trainable parameters."""
    return sum(row.parameters for row in layer_table(model))


def learning_count(model: ModelConfig, trainable: Trainable) -> int:
    """How many of the parameters learn."""
    match trainable:
        case Trainable.ALL:
            return parameter_count(model)
        case Trainable.HEAD:
            return sum(row.parameters for row in layer_table(model) if row.name == "head")
        case Trainable.NORM | Trainable.RANDOM:
            return sum(norm_parameters(model).values())


@lru_cache(maxsize=256)
def tensor_shapes(model: ModelConfig) -> Mapping[str, tuple[int, ...]]:
    """The network's state dict: each array's name and shape."""
    shapes: dict[str, tuple[int, ...]] = {}
    for stage in stages(model):
        if isinstance(stage, Pool):
            continue
        name, size = (f"{stage.name}.conv", 3) if isinstance(stage, Block) else (stage.name, 1)
        shapes[f"{name}.weight"] = (stage.outputs, stage.inputs, size, size)
        if has_bias(model):
            shapes[f"{name}.bias"] = (stage.outputs,)
        for norm in stage.norms if isinstance(stage, Block) else ():
            held = (*norm.spec.parameters, *norm.spec.buffers)
            shapes |= {f"{stage.name}.{norm}.{part}": (stage.outputs,) for part in held}
    return shapes


def forgets_the_image(model: ModelConfig) -> bool:
    """Whether every image gets the same output: the average behind block 6 is over exactly what the block's last norm
    has centered, so it is β.
    """
    last = blocks(model)[-1].norms
    return bool(last) and last[-1].spec.fixes_each_mean


def norm_label(model: ModelConfig) -> str:
    """ "BN + GN(2)", or "no norm"."""
    return " + ".join(norm.spec.label(model.groups) for norm in model.norms) or "no norm"
