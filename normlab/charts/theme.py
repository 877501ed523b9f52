"""The one visual system: colors, dashes, and the finish of every chart.

The colors are told apart by people with protanopia, deuteranopia and tritanopia (a test simulates them), and each
stands out from its background, light or dark. A norm has one color everywhere, and a shade of it for a second run with
that norm; the series of a run have their own, and a dash each; where three runs share a norm, all have a third set.

A chart names the roles of its colors ("@ink", "@bn"): whoever shows it knows whether the page is dark, and paints it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt

from normlab.compare import arm_text
from normlab.config import ModelConfig, RunConfig
from normlab.norms import SPECS

Spec = dict[str, Any]
_Pair = tuple[str, str]

HOLDERS = ("layer", "hconcat", "vconcat", "spec")
"""Where a specification holds further charts."""

PRIMARY = "@primary"
"""The role of buttons and links of the page; BatchNorm's blue."""

BACKGROUND, INK, FAINT = "@background", "@ink", "@faint"
"""Of the page, its text, and what should step back."""

MUTED = "@muted"
"""Of secondary text: a contrast of 4.5 on the page and on its sidebar."""

PROJECTOR_SCALE = 1.35
"""A projector's sizes in proportion to the usual ones."""

_NORMS: Mapping[str, _Pair] = {
    "none": ("#555652", "#C9CDD2"),
    **{key: spec.color for key, spec in SPECS.items()},
    "mixed": ("#904800", "#EBE66A"),
}
_SHADES: Mapping[str, _Pair] = {
    "none": ("#31322E", "#62666A"),
    **{key: spec.shade for key, spec in SPECS.items()},
    "mixed": ("#761900", "#F1AE24"),
}
_SERIES: Mapping[str, _Pair] = {
    "training": ("#5B3FB0", "#A48CF5"),
    "validation": ("#1290A3", "#7DE8F0"),
    "test": ("#B5174F", "#FF8A6B"),
}
_RUNS: Sequence[_Pair] = (
    ("#4F0D61", "#AA7FFF"),
    ("#E66C8F", "#E0708F"),
    ("#0A5210", "#5CB84A"),
    ("#99890D", "#E4FFC0"),
    ("#1299F6", "#2EE0F5"),
)

NORM_COLORS: Mapping[str, str] = {norm: f"@{norm}" for norm in _NORMS}
"""By norm; "none" and "mixed" are networks without one and with several."""
NORM_SHADES: Mapping[str, str] = {norm: f"@{norm}-shade" for norm in _SHADES}
"""A second color of each norm's own hue, apart from all others too."""
SERIES_COLORS: Mapping[str, str] = {series: f"@{series}" for series in _SERIES}
RUN_COLORS: Sequence[str] = tuple(f"@run-{place}" for place in range(len(_RUNS)))
MISTAKES = ("@few-mistakes", "@many-mistakes")
"""The two ends of the confusion matrix's ramp."""

_ROLES: Mapping[str, _Pair] = {
    PRIMARY: ("#0072B2", "#4C8DF0"),
    BACKGROUND: ("#FFFFFF", "#171614"),
    INK: ("#31333F", "#EDEDEA"),
    FAINT: ("#E6E7EA", "#383836"),
    MUTED: ("#5F626B", "#A6A6A2"),
    **dict(zip(MISTAKES, (("#FDF3E7", "#3A2A1C"), ("#9A3B00", "#FFA35C")), strict=True)),
    **{NORM_COLORS[norm]: pair for norm, pair in _NORMS.items()},
    **{NORM_SHADES[norm]: pair for norm, pair in _SHADES.items()},
    **{SERIES_COLORS[series]: pair for series, pair in _SERIES.items()},
    **dict(zip(RUN_COLORS, _RUNS, strict=True)),
}
_DEPTH = "@depth-"
_DEPTH_RAMP: Mapping[bool, Sequence[Sequence[int]]] = {
    False: ((150, 160, 10), (0, 140, 110), (50, 90, 210), (75, 0, 75)),
    True: ((160, 60, 170), (90, 120, 240), (40, 195, 170), (250, 240, 130)),
}
"""Red, green and blue from the first layer to the last; lightness falls, on dark it rises."""


def color(role: str, *, dark: bool) -> str:
    """The role's color on a light or a dark page, as "#RRGGBB"; what is no role stays as it is."""
    if role.startswith(_DEPTH):
        return _between(_DEPTH_RAMP[dark], float(role.removeprefix(_DEPTH)))
    return _ROLES[role][dark] if role in _ROLES else role


def painted(part: Any, *, dark: bool) -> Any:
    """A specification, or a part of one, with colors in the place of roles."""
    if isinstance(part, str):
        return color(part, dark=dark)
    if isinstance(part, list):
        return [painted(item, dark=dark) for item in part]
    if isinstance(part, dict):
        return {key: painted(value, dark=dark) for key, value in part.items()}
    return part


def in_both(role: str) -> list[str]:
    """The color of a role on a light page and on a dark one."""
    return [color(role, dark=dark) for dark in (False, True)]


SERIES_DASHES: Mapping[str, Sequence[int]] = {
    "training, train mode": (5, 4),
    "training, eval mode": (1, 0),
    "validation": (2, 3),
    "test": (1, 0),
}

LAYER_NAMES: Mapping[str, str] = {
    **{f"block{number}": f"Block {number}" for number in range(1, 7)},
    "transition": "Transition",
    "head": "Head",
}
STAGE_NAMES: Mapping[str, str] = {"relu": "ReLU", **{key: spec.name for key, spec in SPECS.items()}}
"""What a layer, and a stage of a block, is called on the page."""


def norm_color(model: ModelConfig) -> str:
    """The color of a network's normalization; every combination of norms shares one."""
    return NORM_COLORS[_family(model)]


def _family(model: ModelConfig) -> str:
    return "none" if not model.norms else "mixed" if len(model.norms) > 1 else str(model.norms[0])


def stage_color(stage: str) -> str:
    """The color of a place in a block: "relu" or a norm."""
    return NORM_COLORS.get(stage, NORM_COLORS["none"])


def series_color(series: str) -> str:
    return SERIES_COLORS[series.split(",")[0]]


def run_colors(configs: Sequence[RunConfig]) -> tuple[str, ...]:
    """A color a run, the same in whatever order they come: its norm's, that color's shade for the second run with a
    norm. Where three share one, all have colors of the set for runs (five at most).
    """
    order = sorted(range(len(configs)), key=lambda place: arm_text(configs[place]))
    families = [_family(configs[place].model) for place in order]
    if max(Counter(families).values(), default=0) > 2:
        colors = list(RUN_COLORS[: len(configs)])
    else:
        seen = [families[:at].count(family) for at, family in enumerate(families)]
        pairs = zip(families, seen, strict=True)
        colors = [(NORM_SHADES if again else NORM_COLORS)[family] for family, again in pairs]
    found = dict(zip(order, colors, strict=True))
    return tuple(found[place] for place in range(len(configs)))


def ink_on(color: str) -> str:
    """The text that is easier to read on a surface of this color: white, or nearly black (WCAG 2's luminance)."""
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return _ROLES[BACKGROUND][0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18]


def depth_colors(count: int) -> tuple[str, ...]:
    """From the first layer to the last, along one ramp."""
    return tuple(f"{_DEPTH}{index / max(count - 1, 1):.4f}" for index in range(count))


def _between(ramp: Sequence[Sequence[int]], at: float) -> str:
    """The color at a share of a ramp's length."""
    index = min(int(at * (len(ramp) - 1)), len(ramp) - 2)
    part = at * (len(ramp) - 1) - index
    return "#" + "".join(f"{round(a + (b - a) * part):02X}" for a, b in zip(*ramp[index : index + 2], strict=True))


def finish(chart: alt.Chart | alt.LayerChart | alt.FacetChart, *, height: int) -> Spec:
    """The chart as a checked specification that names its `rows` and does not hold them.

    It is drawn as SVG, which stays sharp and which tests and assistive technology can read. `height` is that of the
    plot itself, in pixels; the width is that of the chart's place.
    """
    whole = chart.properties(
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 0, "right": 6, "top": 2, "bottom": 4},
        usermeta={"embedOptions": {"renderer": "svg"}},
    )
    spec: Spec = whole.configure_axis(labelFlush=False).to_dict()
    _hide_lines_without_words(spec)
    return spec


def _hide_lines_without_words(part: Any) -> None:
    """Keep marks that show no column, such as a line at 0, from assistive technology: nothing could be said of them."""
    if isinstance(part, list):
        for item in part:
            _hide_lines_without_words(item)
    elif isinstance(part, dict):
        if isinstance(part.get("mark"), dict) and "'field'" not in repr(part.get("encoding", {})):
            part["mark"]["aria"] = False
        for key in HOLDERS:
            _hide_lines_without_words(part.get(key, []))


def readable(spec: Spec) -> Spec:
    """The specification with letters of WCAG AA's contrast: on a light page Streamlit's own have 3.7."""
    axis = {"labelColor": MUTED, "titleColor": MUTED}
    return _configured(spec, {"axis": axis, "legend": {"labelColor": INK}, "header": {"labelColor": INK}})


def _configured(spec: Spec, parts: Mapping[str, Mapping[str, Any]]) -> Spec:
    config = {**spec.get("config", {})}
    for part, settings in parts.items():
        config[part] = {**config.get(part, {}), **settings}
    return {**spec, "config": config}


_LETTERS = 28
"""Pixels of 1080 that one reads from the last row."""
_PROJECTOR_CONFIG: Spec = {
    "axis": {"labelFontSize": _LETTERS, "titleFontSize": _LETTERS, "labelLimit": 420},
    "legend": {"labelFontSize": _LETTERS, "titleFontSize": _LETTERS, "labelLimit": 640},
    "header": {"labelFontSize": _LETTERS, "titleFontSize": _LETTERS},
    "text": {"fontSize": _LETTERS},
}
_TALLEST = 520
"""Pixels of a plot that leave room for the page's head, its name, its legend and its sentence on a screen."""


def _height(value: float) -> float:
    return max(PROJECTOR_SCALE * value, min(2.6 * value, _TALLEST))


_GROWING: Mapping[str, Mapping[str, Callable[[float], float]]] = {
    "": {"height": _height},
    "mark": {
        "strokeWidth": lambda value: 2.4 * value,
        "size": lambda value: 4 * value,
        "fontSize": lambda value: max(value, _LETTERS),
    },
    "legend": {
        "rowPadding": lambda value: 2 * value,
        "columnPadding": lambda value: 2 * value,
        "symbolSize": lambda value: 4 * value,
        "symbolStrokeWidth": lambda value: 2.4 * value,
    },
}
"""By place in a specification, what a projector's sizes make of its numbers."""


def enlarged(spec: Spec) -> Spec:
    """The specification with sizes that read from the back of a room; equal ones give equal ones."""
    return _configured(_grown(spec), _PROJECTOR_CONFIG)


def _grown(part: Any, inside: str = "") -> Any:
    """The part, whose place is `inside` ("": a chart itself), with its growing numbers in proportion."""
    if isinstance(part, list):
        return [_grown(item, inside) for item in part]
    if not isinstance(part, dict):
        return part
    return {key: _resized(key, value, inside) for key, value in part.items()}


def _resized(key: str, value: Any, inside: str) -> Any:
    grow = _GROWING.get(inside, {}).get(key)
    if grow is not None and isinstance(value, int | float):
        return round(grow(value), 2)
    return _grown(value, "" if key in HOLDERS else key)


def rows() -> alt.NamedData:
    """Stands for the frame that the page sends along."""
    return alt.NamedData(name="rows")


def legend(columns: int = 4, *, labels: Mapping[str, str] | None = None, marks: bool = False) -> alt.Legend:
    """Above the chart, names in full. `labels` replaces names; with `marks` its symbols are shapes instead of lines."""
    words = "".join(f"datum.value === '{name}' ? '{label}' : " for name, label in (labels or {}).items())
    return alt.Legend(
        orient="top",
        title=None,
        columns=columns,
        labelLimit=320,
        labelExpr=f"{words}datum.label",
        symbolType=alt.Undefined if marks else "stroke",
        symbolStrokeWidth=0 if marks else 2.5,
        symbolSize=90 if marks else 200,
        symbolOpacity=1,
        rowPadding=2,
        columnPadding=14,
        offset=8,
    )
