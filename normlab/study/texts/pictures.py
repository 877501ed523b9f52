"""The overview's pictures as SVG: the study's curves beside ours, every seed of an honest part, mechanisms, mistakes.

A picture carries the hash of what it was made from, rows and specification, so that a test can tell whether it is of
these results and of these charts without drawing it again: that differs from version to version of what draws it.
"""

import base64
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from normlab import frames, images
from normlab.charts import compare as charts
from normlab.charts import mechanisms as mechanism_charts
from normlab.charts.curves import overlay_limits
from normlab.charts.theme import BACKGROUND, FAINT, INK, MUTED, NORM_COLORS, Spec, color, norm_color, painted
from normlab.choices import Dataset
from normlab.presets import STUDY_RECIPE
from normlab.store import sha256
from normlab.study.claims.carriers import DEFICIT, Carrier, Carries, carriers
from normlab.study.claims.statements import arm_name
from normlab.study.results.curves import CURVES, OURS, THEIRS, curve_alt, frame
from normlab.study.results.measured import EVERY, Results
from normlab.study.results.published import EXPERIMENTS, Experiment
from normlab.study.results.quantities import TEST_ACCURACY

MISTAKES = 20
_COLUMNS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`alt` says what it shows; `rows` are what it shows, as text, and `look` how; `draw` gives the SVG."""

    name: str
    alt: str
    rows: str
    look: str
    draw: Callable[[], str]

    @property
    def mark(self) -> str:
        """A comment that names what the picture was made from."""
        return f"<!-- made from {sha256(f'{self.alt}{self.rows}{self.look}'.encode())[:16]} -->"

    def svg(self) -> str:
        return f"{self.draw().strip()}\n{self.mark}\n"


def pictures(results: Results) -> list[Picture]:
    """All of them; mechanisms only once they are measured, mistakes only of networks that are there."""
    found = [_curves(experiment, results) for experiment in EXPERIMENTS]
    found += [picture for part in ("digits", "mnist-2k", "lesson") if (picture := _seeds(part, results)) is not None][
        :2
    ]
    found += [picture] if (picture := _shares(results)) is not None else []
    return found + [one for experiment in EXPERIMENTS if (one := _mistakes(experiment, results)) is not None]


def _chart(name: str, alt: str, rows: pd.DataFrame, spec: Spec, width: int) -> Picture:
    own = {key: value for key, value in spec.items() if key != "$schema"}
    look = json.dumps(painted([own, width, _LOOK], dark=False), sort_keys=True)
    return Picture(name, alt, rows.to_csv(index=False, float_format="%.6g"), look, lambda: drawn(spec, rows, width))


def drawn(spec: Spec, rows: pd.DataFrame, width: int) -> str:
    """A chart as SVG on white, by vl-convert, which only this needs."""
    import vl_convert

    values = rows.astype(object).where(rows.notna(), None).to_dict("records")
    whole: dict[str, Any] = {**spec, "data": {"name": "rows", "values": values}, "width": width}
    own: Spec = spec.get("config", {})
    config = {**own, **{part: {**look, **own.get(part, {})} for part, look in _LOOK.items()}, "font": _FONT}
    look = {**whole, "background": BACKGROUND, "config": config}
    return str(vl_convert.vegalite_to_svg(painted(look, dark=False)))


_FONT = "Helvetica, Arial, sans-serif"
_LOOK: Spec = {
    "view": {"stroke": None},
    "axis": {
        "gridColor": FAINT,
        "domainColor": FAINT,
        "tickColor": FAINT,
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelFlush": False,
    },
    "legend": {"labelColor": INK, "labelFontSize": 12},
}
"""What the page's theme does for charts there."""


def _curves(experiment: Experiment, results: Results) -> Picture:
    curve, runs = CURVES[0], results.runs("study", experiment.arm)
    rows = frame(experiment, curve, runs)
    config = results.config("study", experiment.arm)
    assert config is not None, "the study's λ is fixed"
    labels = (THEIRS, OURS) if runs else (THEIRS,)
    colors = (INK, norm_color(config.model))[: len(labels)]
    low, high = overlay_limits(rows, curve.unit, zoom=True)
    spec = charts.seeds(curve.unit, labels, colors, STUDY_RECIPE["epochs"], low, high)
    alt = curve_alt(experiment, curve, rows)
    return _chart(f"curves-{_slug(experiment)}", alt, rows, spec, 300)


def _slug(experiment: Experiment) -> str:
    return experiment.arm.replace("/", "-").replace("+", "-")


def _seeds(part: str, results: Results) -> Picture | None:
    """A dot a seed of every arm."""
    arms = [f"{norm}/{penalty}" for norm in ("none", "bn", "ln", "gn") for penalty in ("none", "l1", "l2", "l1+l2")]
    dots = [
        (arm_name(arm), seed, value, arm.partition("/")[0])
        for arm in arms
        for seed, value in results.values(part, arm, TEST_ACCURACY).items()
    ]
    if not dots:
        return None
    rows = pd.DataFrame(dots, columns=["arm", "seed", "value", "norm"])
    named = rows.drop_duplicates("arm")
    colors = tuple(NORM_COLORS[norm] for norm in named["norm"])
    threshold = results.threshold(part)
    low, high = charts.dots_limits(rows, "%", threshold)
    labels, seeds = tuple(named["arm"]), tuple(sorted(set(rows["seed"])))
    spec = charts.dots("%", labels, colors, seeds, low, high, threshold)
    alt = charts.dots_alt(rows, f"{EVERY[part].title}: test accuracy", "%")
    return _chart(f"seeds-{part}", alt, rows.drop(columns="norm"), spec, 620)


def _shares(results: Results) -> Picture | None:
    rows = shares_frame(carriers(results))
    if rows.empty:
        return None
    low, high = mechanism_charts.limits(rows)
    spec = mechanism_charts.shares(tuple(rows["mechanism"]), low, high)
    return _chart("mechanisms", mechanism_charts.shares_alt(rows), rows, spec, 620)


def shares_frame(found: Sequence[Carrier]) -> pd.DataFrame:
    """Of shares of the deficit: columns mechanism, share, low, high in percent, verdict, and whether it carries any of
    it; the largest share first.
    """
    shares = [
        (
            one.mechanism.name,
            *(100 * value for value in (one.share.mean, one.share.low, one.share.high)),
            str(one.verdict),
            one.verdict in (Carries.ALL, Carries.PART),
        )
        for one in found
        if one.share is not None and one.mechanism.of == DEFICIT
    ]
    frame = pd.DataFrame(shares, columns=["mechanism", "share", "low", "high", "verdict", "carries"])
    return frame.sort_values("share", ascending=False, ignore_index=True)


def surest(found: pd.DataFrame, count: int = MISTAKES) -> pd.DataFrame:
    """Of rows of `frames.predictions`, the mistakes that the network is surest of."""
    wrong = found[found["true"] != found["predicted"]]
    return wrong.sort_values(["confidence", "image"], ascending=[False, True]).head(count)


def _mistakes(experiment: Experiment, results: Results) -> Picture | None:
    """Misclassified test images of the lesson's networks on digits, which may be shown: of all seeds together."""
    test = images.load(Dataset.DIGITS).test
    runs = [run for run in results.runs("lesson", experiment.arm) if run.snapshot_epochs()]
    if not runs:
        return None
    found = pd.concat([frames.predictions(run.snapshot(run.snapshot_epochs()[-1]), test.labels) for run in runs])
    every = surest(found, len(found)).drop_duplicates("image")
    wrong = every.head(MISTAKES)
    alt = (
        f"{experiment.name} on digits: {len(wrong)} of the {len(every)} test images, of {len(test.labels)}, that at "
        f"least one of its {len(runs)} networks gets wrong, with true and predicted class."
    )
    rows = wrong[["image", "true", "predicted", "confidence"]].to_csv(index=False, float_format="%.0f")
    return Picture(f"mistakes-{_slug(experiment)}", alt, rows, "", lambda: gallery(test.images, wrong, alt))


_SIDE, _GAP, _CAPTION = 56, 14, 30


def gallery(pixels: "np.ndarray[Any, np.dtype[np.uint8]]", wrong: pd.DataFrame, alt: str) -> str:
    """Images (N, 28, 28) in rows of four, each above "true → predicted" and how sure the network was."""
    cells = [
        _cell(pixels[image], f"{true} → {predicted}", f"{confidence:.0f} % sure", place)
        for place, (image, true, predicted, confidence) in enumerate(
            zip(wrong["image"], wrong["true"], wrong["predicted"], wrong["confidence"], strict=True)
        )
    ]
    across, down = _SIDE + _GAP, _SIDE + _CAPTION + _GAP
    width, height = _COLUMNS * across - _GAP, -(-len(cells) // _COLUMNS) * down - _GAP
    start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    style = f'font-family="sans-serif" font-size="11" role="img" aria-label="{escape(alt)}"'
    ground = f'<rect width="{width}" height="{height}" fill="{color(BACKGROUND, dark=False)}"/>'
    return "\n".join([f"{start} {style}>", ground, *cells, "</svg>"])


def _cell(image: "np.ndarray[Any, np.dtype[np.uint8]]", words: str, sure: str, place: int) -> str:
    x, y = (place % _COLUMNS) * (_SIDE + _GAP), (place // _COLUMNS) * (_SIDE + _CAPTION + _GAP)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    picture = f'<image x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}" href="data:image/png;base64,{data}"/>'
    first = f'<text x="{x}" y="{y + _SIDE + 13}" fill="{color(INK, dark=False)}">{words}</text>'
    return f'{picture}{first}<text x="{x}" y="{y + _SIDE + 26}" fill="{color(MUTED, dark=False)}">{sure}</text>'
