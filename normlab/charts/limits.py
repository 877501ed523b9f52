"""Limits put into a finished specification: building one takes a hundred times as long, and few differ otherwise."""

from typing import Any

import altair as alt

from normlab.charts.theme import HOLDERS, Spec


def to_be_set(**settings: Any) -> alt.Scale:
    """The scale of a channel whose limits come `within`."""
    return alt.Scale(domain=[0, 1], nice=False, **settings)


def within(spec: Spec, **limits: tuple[float, float]) -> Spec:
    """The specification with these limits, by channel (`y=(0.0, 3.0)`), wherever the channel has any."""
    return {key: _part(key, value, limits) for key, value in spec.items()}


def _part(key: str, value: Any, limits: dict[str, tuple[float, float]]) -> Any:
    if key in HOLDERS:
        return [within(part, **limits) for part in value] if isinstance(value, list) else within(value, **limits)
    if key != "encoding":
        return value
    return {name: _limited(channel, limits[name]) if name in limits else channel for name, channel in value.items()}


def _limited(channel: dict[str, Any], limits: tuple[float, float]) -> dict[str, Any]:
    scale = channel.get("scale") or {}
    return {**channel, "scale": {**scale, "domain": list(limits)}} if "domain" in scale else channel
