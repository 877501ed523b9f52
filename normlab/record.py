"""What a run tells: events while it trains, a record when it ends. Plain frozen data and its JSON form.

A training yields events, the store writes them as lines, charts read them. Every number in a scalar field is finite:
a run whose loss is not ends with `Ended(status=DIVERGED)`. Arrays are float32 in memory and float16 in JSON, where
an epoch's layer statistics are one compressed text.
"""

import base64
import binascii
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cattrs
import numpy as np
import numpy.typing as npt
from cattrs.gen import make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from normlab import files

Floats = npt.NDArray[np.float32]

_TEXT_LENGTH = 4_000
_LAYERS_BYTES = 262_144
"""An epoch's layer statistics as JSON; with all norms they have 20,000."""


class Status(StrEnum):
    """How a run ended (FINISHED, DIVERGED), or how far it is. A run without an end is RUNNING or INTERRUPTED."""

    FINISHED = "finished"
    DIVERGED = "diverged"
    RUNNING = "running"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Started:
    """First event of an attempt. `steps` and `epochs` are what the run will take; `machine` is for people.

    `generation`, `processor` and `versions` decide the digits (`normlab.generation`); older files lack the first two.
    """

    steps: int
    epochs: int
    parameters: int
    threads: int
    machine: str
    versions: Mapping[str, str]
    generation: int = 0
    processor: str = ""


@dataclass(frozen=True, slots=True)
class StepEnd:
    """A live point: means over the steps since the last one, in train mode (dropout on, batch statistics)."""

    step: int
    epoch: int
    lr: float
    data_loss: float
    penalty: float
    accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Score:
    """Mean negative log-likelihood in nats, and accuracy as a share of 1, over one set of images."""

    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class ModeScores:
    """Test scores of the same weights with BatchNorm's other statistics; `EpochEnd.test` has the running ones."""

    batch: Score
    reestimated: Score


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares (sum 1) of the values in equal bins over [low, high]."""

    low: float
    high: float
    shares: Floats


@dataclass(frozen=True, slots=True)
class StageStats:
    """Activations at one place of a block, per channel, shape (C,).

    `stage` is "relu" (what the first norm sees) or a norm's name (what it puts out). `std` is the population standard
    deviation over (B, H, W); `zeros` is the share of values that are exactly 0.
    """

    stage: str
    mean: Floats
    std: Floats
    zeros: Floats
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class NormState:
    """A norm's γ, its β and what it remembers, where it has them (else None); shape (C,).

    The statistics of the probe batch itself are those of the stage before this norm.
    """

    norm: str
    gamma: Floats
    beta: Floats | None
    running_mean: Floats | None
    running_std: Floats | None


@dataclass(frozen=True, slots=True)
class WeightStats:
    """A convolution's weights: Euclidean norm, share of exact zeros, share of |w| < 1e-3, norm of the data gradient."""

    norm: float
    zeros: float
    small: float
    gradient_norm: float


@dataclass(frozen=True, slots=True)
class LayerStats:
    """One convolution and, if it starts a block, the block's stages and norms in order (empty otherwise)."""

    layer: str
    weights: WeightStats
    stages: tuple[StageStats, ...]
    norms: tuple[NormState, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What an epoch did to one parameter, named as in the state dict.

    `norm` ‖w‖ and `zeros`, the share of exact zeros, are those at its end; `last_step` is ‖Δw‖/‖w‖ of its last step.
    The others are means over its steps: ‖Δw‖/‖w‖, the angle between w before and after in degrees, the norms of the
    gradients of the data loss and of the penalty (0 where a proximal step takes its place). Where w is 0 before a step,
    ratio and angle count as 0, where it is 0 after it, the angle.
    """

    parameter: str
    norm: float
    last_step: float
    step: float
    turn: float
    data_gradient: float
    penalty_gradient: float
    zeros: float


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """After epoch `epoch` (from 1). `train` and `penalty` are the epoch's means in train mode.

    `train_eval` is measured in eval mode on a fixed clean subset of at most 5,000 training images; `validation` is None
    without a validation split. `layers` and `ledger` are empty where a folder keeps no full history, `ledger` also in
    older ones; `modes` is None unless the run records them. `answers` has a digit for each image of `images.sample` of
    the test set, the class that the network gives it; older folders have none.
    """

    epoch: int
    step: int
    lr: float
    train: Score
    penalty: float
    train_eval: Score
    validation: Score | None
    test: Score
    seconds: float
    layers: tuple[LayerStats, ...] = ()
    modes: ModeScores | None = None
    ledger: tuple[Account, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Weights and test predictions after `epoch` (0: before training).

    `weights` is the state dict; `predicted` (uint8) and `confidence` (the probability of the predicted class, float32;
    a run folder keeps it in steps of 1/255) have shape (N,), in the order of the test images.
    """

    epoch: int
    weights: Mapping[str, npt.NDArray[Any]]
    predicted: npt.NDArray[np.uint8]
    confidence: Floats


@dataclass(frozen=True, slots=True)
class Ended:
    """Last event. `reason` is one sentence for people, empty when the run finished."""

    status: Status
    reason: str = ""


Event = Started | StepEnd | EpochEnd | Ended
"""What goes into events.jsonl. A `Snapshot` is yielded too, but its arrays go into tensors.safetensors."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """record.json: the proof that a run ended, and what it came to.

    `started` is an ISO 8601 time in UTC; `files` maps each of the folder's other files to its SHA-256; `generation` and
    `processor` are those of `Started`.
    """

    schema: int
    run_id: str
    attempt: str
    status: Status
    reason: str
    started: str
    seconds: float
    epochs: int
    parameters: int
    threads: int
    machine: str
    versions: Mapping[str, str]
    train_accuracy: float | None
    validation_accuracy: float | None
    test_accuracy: float | None
    files: Mapping[str, str]
    generation: int = 0
    processor: str = ""


def _pack(array: Floats) -> str:
    return base64.b64encode(np.asarray(array, dtype="<f2").tobytes()).decode("ascii")


def _unpack(text: object, _: object) -> Floats:
    if not isinstance(text, str):
        raise ValueError("an array must be base64 text")
    array = np.frombuffer(binascii.a2b_base64(text, strict_mode=True), dtype="<f2").astype(np.float32)
    if not math.isfinite(array.dot(array)):  # the cheapest look at all of them; the square of half precision fits
        raise ValueError("an array has a number that is not finite")
    return array


def _squeeze(data: Any) -> str:
    """JSON data as compressed base64 text: the keys of the layer statistics repeat, and a folder stays small."""
    return base64.b64encode(zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9)).decode("ascii")


def _expand(text: object) -> Any:
    if not isinstance(text, str):
        raise ValueError("statistics must be base64 text")
    inflater = zlib.decompressobj()
    content = inflater.decompress(binascii.a2b_base64(text, strict_mode=True), _LAYERS_BYTES)
    if not inflater.eof or inflater.unused_data:
        raise ValueError(f"statistics are cut off, or have more than {_LAYERS_BYTES:,} bytes")
    return files.parse(content)


def _whole(value: object, _: object) -> int:
    if type(value) is not int:
        raise ValueError("it must be a whole number")
    return value


def _number(value: object, _: object) -> float:
    if type(value) is not float and type(value) is not int:
        raise ValueError("it must be a number")
    return float(value)


def _text(value: object, _: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_LENGTH or not value.isprintable():
        raise ValueError(f"it must be printable text of at most {_TEXT_LENGTH:,} characters")
    return value


def _status(value: object, _: object) -> Status:
    return Status(_text(value, str))


def _digits(number: float) -> float:
    return float(f"{number:.6g}")


def _register_squeezed(converter: cattrs.Converter, kind: Any) -> None:
    """A tuple of `kind` as compressed text; "" if it is empty."""
    plain_out, plain_in = converter.get_unstructure_hook(kind), converter.get_structure_hook(kind)
    converter.register_unstructure_hook_func(
        lambda asked: asked == kind, lambda value: _squeeze(plain_out(value)) if value else ""
    )
    converter.register_structure_hook_func(
        lambda asked: asked == kind, lambda text, asked: plain_in(_expand(text), asked) if text else ()
    )


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind, check in ((int, _whole), (float, _number), (str, _text), (Status, _status)):
        converter.register_structure_hook(kind, check)
    converter.register_unstructure_hook_func(lambda kind: kind == Floats, _pack)
    converter.register_structure_hook_func(lambda kind: kind == Floats, _unpack)
    converter.register_unstructure_hook_func(
        lambda kind: kind == Floats | None, lambda array: None if array is None else _pack(array)
    )
    converter.register_structure_hook_func(
        lambda kind: kind == Floats | None, lambda text, kind: None if text is None else _unpack(text, kind)
    )
    converter.register_unstructure_hook(float, _digits)
    _register_squeezed(converter, tuple[LayerStats, ...])
    _register_squeezed(converter, tuple[Account, ...])
    omit = override(omit_if_default=True)
    lean = make_dict_unstructure_fn(EpochEnd, converter, modes=omit, ledger=omit, answers=omit)
    converter.register_unstructure_hook(EpochEnd, lean)
    tags = {Started: "started", StepEnd: "step", EpochEnd: "epoch", Ended: "ended"}
    configure_tagged_union(Event, converter, tag_name="event", tag_generator=lambda cls: tags[cls])
    return converter


_CONVERTER = _converter()


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as JSON data with its kind under "event"; numbers keep six significant digits."""
    result: dict[str, Any] = _CONVERTER.unstructure(event, unstructure_as=Event)
    return result


def event_from_json(data: Any) -> Event:
    """Raises `ValueError` for data that is no event."""
    event: Event = _structure(data, Event)
    return event


def record_to_json(record: RunRecord) -> dict[str, Any]:
    result: dict[str, Any] = _CONVERTER.unstructure(record)
    return result


def record_from_json(data: Any) -> RunRecord:
    """Raises `ValueError` for data that is no record."""
    record: RunRecord = _structure(data, RunRecord)
    return record


def _structure(data: Any, kind: Any) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"expected a JSON object, found {type(data).__name__}")
    try:
        return _CONVERTER.structure(data, kind)
    except (cattrs.BaseValidationError, zlib.error, KeyError, TypeError, ValueError, OverflowError) as error:
        problem = (
            "; ".join(cattrs.transform_error(error)) if isinstance(error, cattrs.BaseValidationError) else repr(error)
        )
        raise ValueError(problem) from None
