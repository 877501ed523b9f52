"""A chart to take away: whoever finds it alone must know what it shows, of which runs, in which units."""

from normlab.charts.theme import Spec, painted

WIDTH, HEIGHT = 1920, 1080
"""Pixels of a slide."""

_LETTERS = 15
_FONT = "Source Sans, Source Sans 3, Segoe UI, Helvetica, Arial, sans-serif"
_INK, _QUIET = "#31333F", "#5F626B"


def slide(spec: Spec, *, title: str, about: str, unit: str, height: int) -> Spec:
    """The chart, light whatever the page is, with a `title`, a line `about` its runs, and its vertical axis named.

    `height` is the plot's, in pixels.
    """
    shown: Spec = painted(_named(spec, unit), dark=False)
    return {
        **shown,
        "height": height,
        "background": "#FFFFFF",
        "padding": {"left": 16, "right": 16, "top": 16, "bottom": 16},
        "title": {
            "text": title,
            "subtitle": about,
            "font": _FONT,
            "subtitleFont": _FONT,
            "anchor": "start",
            "frame": "group",
            "offset": 14,
            "fontSize": 22,
            "subtitleFontSize": _LETTERS,
            "color": _INK,
            "subtitleColor": _QUIET,
        },
        "config": {
            **shown.get("config", {}),
            "font": _FONT,
            "axis": {
                "labelFontSize": _LETTERS,
                "titleFontSize": _LETTERS,
                "labelColor": _QUIET,
                "titleColor": _INK,
                "titlePadding": 10,
                "gridColor": "#E6E7EA",
                "domainColor": _QUIET,
                "tickColor": _QUIET,
                "labelFlush": False,
            },
            "legend": {"labelFontSize": _LETTERS, "labelColor": _INK},
            "view": {"stroke": None},
        },
    }


def _named(part: Spec, unit: str) -> Spec:
    """With the vertical axis' title in every layer."""
    found = dict(part)
    if "layer" in found:
        found["layer"] = [_named(layer, unit) for layer in found["layer"]]
    axis = found.get("encoding", {}).get("y")
    if axis is not None:
        found["encoding"] = {**found["encoding"], "y": {**axis, "title": unit}}
    return found
