"""The one visual system: colors, dashes, and the finish of every chart.

The colors are told apart by people with protanopia, deuteranopia and tritanopia (a test simulates them), and each
stands out from its background, light or dark. A norm has one color everywhere; the series of a run have their own, and
a dash each; several runs that share a norm have a third set.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from normlab.config import ModelConfig
from normlab.describe import NORM_NAMES

Spec = dict[str, Any]

HOLDERS = ("layer", "hconcat", "vconcat", "spec")
"""Where a specification holds further charts."""

PRIMARY = "#0072B2"
"""Buttons and links of the page; BatchNorm's blue."""

BACKGROUND = {False: "#FFFFFF", True: "#171614"}
INK = {False: "#31333F", True: "#EDEDEA"}
FAINT = {False: "#E6E7EA", True: "#383836"}
"""By `dark`: the page, its text, and what should step back."""

MUTED = {False: "#5F626B", True: "#A6A6A2"}
"""By `dark`: secondary text, with a contrast of 4.5 on the page and on its sidebar."""

PROJECTOR_SCALE = 1.35
"""A projector's sizes in proportion to the usual ones."""

NORM_COLORS: Mapping[bool, Mapping[str, str]] = {
    False: {"none": "#555652", "bn": "#0072B2", "ln": "#D76F01", "gn": "#00A556", "in": "#C76C9E", "mixed": "#904800"},
    True: {"none": "#C9CDD2", "bn": "#4C8DF0", "ln": "#E8702F", "gn": "#1FE08F", "in": "#C57FA5", "mixed": "#EBE66A"},
}
SERIES_COLORS: Mapping[bool, Mapping[str, str]] = {
    False: {"training": "#5B3FB0", "validation": "#1290A3", "test": "#B5174F"},
    True: {"training": "#A48CF5", "validation": "#7DE8F0", "test": "#FF8A6B"},
}
RUN_COLORS: Mapping[bool, Sequence[str]] = {
    False: ("#4F0D61", "#E66C8F", "#0A5210", "#99890D", "#1299F6"),
    True: ("#AA7FFF", "#E0708F", "#5CB84A", "#E4FFC0", "#2EE0F5"),
}

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
STAGE_NAMES: Mapping[str, str] = {"relu": "ReLU", **{str(norm): name for norm, name in NORM_NAMES.items()}}
"""What a layer, and a stage of a block, is called on the page."""


def norm_color(model: ModelConfig, *, dark: bool) -> str:
    """The color of a network's normalization; every combination of norms shares one."""
    key = "none" if not model.norms else "mixed" if len(model.norms) > 1 else str(model.norms[0])
    return NORM_COLORS[dark][key]


def stage_color(stage: str, *, dark: bool) -> str:
    """The color of a place in a block: "relu" or a norm."""
    return NORM_COLORS[dark].get(stage, NORM_COLORS[dark]["none"])


def series_color(series: str, *, dark: bool) -> str:
    return SERIES_COLORS[dark][series.split(",")[0]]


def run_colors(models: Sequence[ModelConfig], *, dark: bool) -> tuple[str, ...]:
    """A color a run: its norm's where no two runs share one, else one of the set for runs (five at most)."""
    colors = tuple(norm_color(model, dark=dark) for model in models)
    return colors if len(set(colors)) == len(colors) else tuple(RUN_COLORS[dark][: len(models)])


def ink_on(color: str) -> str:
    """The text that is easier to read on a surface of this color: white, or nearly black (WCAG 2's luminance)."""
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return BACKGROUND[True] if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else BACKGROUND[False]


def depth_colors(count: int, *, dark: bool) -> tuple[str, ...]:
    """From the first layer to the last, along one ramp whose lightness falls (on dark: rises)."""
    light, deep = ((146, 190, 120), (40, 24, 110)) if not dark else ((92, 80, 200), (235, 235, 130))
    middle = (28, 120, 140) if not dark else (50, 180, 170)
    ramp = [_between(light, middle, deep, index / max(count - 1, 1)) for index in range(count)]
    return tuple(ramp)


def _between(first: Sequence[int], middle: Sequence[int], last: Sequence[int], at: float) -> str:
    low, high, part = (first, middle, 2 * at) if at < 0.5 else (middle, last, 2 * at - 1)
    return "#" + "".join(f"{round(a + (b - a) * part):02X}" for a, b in zip(low, high, strict=True))


def finish(chart: alt.Chart | alt.LayerChart | alt.FacetChart, *, height: int) -> Spec:
    """The chart as a checked specification without data, for `st.vega_lite_chart(frame, spec)`.

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
    del spec["data"]
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


_PROJECTOR_CONFIG: Spec = {
    "axis": {"labelFontSize": 17, "titleFontSize": 18, "labelLimit": 260},
    "legend": {"labelFontSize": 17, "titleFontSize": 18},
    "header": {"labelFontSize": 18, "titleFontSize": 18},
    "text": {"fontSize": 15},
}


_GROWING: Mapping[str, Sequence[str]] = {
    "": ("height",),
    "mark": ("strokeWidth", "size", "fontSize"),
    "legend": ("rowPadding", "columnPadding", "symbolSize", "symbolStrokeWidth"),
}
"""By place in a specification, the numbers that a projector's sizes change."""


def enlarged(spec: Spec) -> Spec:
    """The specification with sizes that read from the back of a room; equal ones give equal ones."""
    config = {**spec.get("config", {})}
    for part, sizes in _PROJECTOR_CONFIG.items():
        config[part] = {**config.get(part, {}), **sizes}
    return {**_grown(spec), "config": config}


def _grown(part: Any, inside: str = "") -> Any:
    """The part, whose place is `inside` ("": a chart itself), with its growing numbers in proportion."""
    if isinstance(part, list):
        return [_grown(item, inside) for item in part]
    if not isinstance(part, dict):
        return part
    return {key: _resized(key, value, inside) for key, value in part.items()}


def _resized(key: str, value: Any, inside: str) -> Any:
    if key in _GROWING.get(inside, ()) and isinstance(value, int | float):
        return round(value * (PROJECTOR_SCALE**2 if key in ("size", "symbolSize") else PROJECTOR_SCALE), 2)
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
