"""Limits of axes: put into a finished specification, because building one takes a hundred times as long; and moved from
it into the rows, because another specification is another chart to the browser.
"""

from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas as pd

from normlab.charts.theme import HOLDERS, Spec

_AXES, _ENDS = ("x", "y"), ("low", "high")


def to_be_set(**settings: Any) -> alt.Scale:
    """The scale of a channel whose limits come `within`."""
    return alt.Scale(domain=[0, 1], nice=False, **settings)


def within(spec: Spec, **limits: tuple[float, float]) -> Spec:
    """The specification with these limits, by channel (`y=(0.0, 3.0)`), wherever the channel has any."""
    return _replaced(spec, {channel: list(pair) for channel, pair in limits.items()})


def with_rows(spec: Spec, frame: pd.DataFrame) -> Spec:
    """The chart with its rows, and the limits of its axes in them: columns `x_low`, `x_high`, `y_low` and `y_high`.

    When they change, the browser gets new rows instead of another chart. Without rows it gets one, of limits alone.
    Axes of names, and those that differ from layer to layer, stay as they are.
    """
    held = {axis: pair for axis in _AXES if (pair := _common(spec, axis)) is not None}
    columns = {f"{axis}_{end}": value for axis, pair in held.items() for end, value in zip(_ENDS, pair, strict=True)}
    some = frame.reindex([0]) if frame.empty else frame
    name = spec["data"]["name"]
    freed = _replaced(spec, {axis: {"expr": _read(name, axis)} for axis in held})
    return {**freed, "datasets": {name: some.assign(**columns)}}


def _read(name: str, axis: str) -> str:
    """As a Vega expression. While rows take others' place there are none for a moment."""
    ends = ", ".join(f"data('{name}')[0].{axis}_{end}" for end in _ENDS)
    return f"length(data('{name}')) ? [{ends}] : [0, 1]"


def _common(spec: Spec, channel: str) -> list[float] | None:
    """The two numbers between which the channel lies in every layer; None if there are no such."""
    found = list(_domains(spec, channel))
    is_one = bool(found) and len(found[0]) == 2 and all(domain == found[0] for domain in found)
    return found[0] if is_one and all(isinstance(end, int | float) for end in found[0]) else None


def _domains(part: Any, channel: str) -> Iterator[list[Any]]:
    if isinstance(part, list):
        for item in part:
            yield from _domains(item, channel)
        return
    encoding = part.get("encoding", {}).get(channel, {})
    scale = encoding.get("scale") or {}
    if "domain" in scale:
        yield scale["domain"] if encoding.get("type", "quantitative") == "quantitative" else []
    for key in HOLDERS:
        yield from _domains(part.get(key, []), channel)


def _replaced(spec: Spec, domains: dict[str, Any]) -> Spec:
    return {key: _part(key, value, domains) for key, value in spec.items()}


def _part(key: str, value: Any, domains: dict[str, Any]) -> Any:
    if key in HOLDERS:
        return [_replaced(part, domains) for part in value] if isinstance(value, list) else _replaced(value, domains)
    if key != "encoding":
        return value
    return {name: _limited(channel, domains[name]) if name in domains else channel for name, channel in value.items()}


def _limited(channel: dict[str, Any], domain: Any) -> dict[str, Any]:
    scale = channel.get("scale") or {}
    return {**channel, "scale": {**scale, "domain": domain}} if "domain" in scale else channel
