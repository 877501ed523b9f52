"""Events and records as JSON data.

Scalars keep six significant digits. Arrays are float16, as base64 text; an epoch's layer statistics are one compressed
text.
"""

import base64
import binascii
import json
import math
import zlib
from typing import Any

import cattrs
import numpy as np
from cattrs.gen import make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from normlab import files
from normlab.record import (
    Account,
    Ended,
    EpochEnd,
    Event,
    Floats,
    LayerStats,
    RunRecord,
    Started,
    Status,
    StepEnd,
)

_TEXT_LENGTH = 4_000
_LAYERS_BYTES = 262_144
"""An epoch's layer statistics as JSON; with all norms they have 20,000."""


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
