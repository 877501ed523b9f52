"""Results: every seed's final numbers, the differences with their intervals, and the interaction."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab import compare, frames
from normlab.app.compare import interaction, numbers, pairing
from normlab.app.compare.legend import colors
from normlab.app.compare.views import MARGIN
from normlab.app.shell.controls import typed
from normlab.app.shell.figure import chart
from normlab.charts import compare as charts
from normlab.charts.scales import ceiling
from normlab.compare import Contrast, Design, Finding, sentences
from normlab.frames import Group, Metric
from normlab.labels import seeds_text
from normlab.numerals import number

_ABOUT = {
    "Test accuracy": "Test images classified correctly after the last epoch.",
    "Test loss": "Mean negative log-likelihood (NLL) on the test images: also reflects how sure a network is.",
    "Training accuracy, eval mode": "On a fixed clean part of the training images, dropout off.",
    "Accuracy gap": "Training minus test accuracy, both in eval mode: what does not carry over to new images.",
}
_MORE = "Loss, training accuracy and gap"


def show(shown: Sequence[Group]) -> None:
    """Draw one sentence and one chart, and folded what stands behind them. The first group is the reference."""
    opening = st.container()
    if len(shown) < 2:
        with opening:
            _title(frames.ACCURACY)
            _dots(shown, frames.ACCURACY)
            st.caption(f"Median {_median(shown)}. Choose a second setting for a difference.")
        return
    differences, change, more, every, method = (
        st.expander(name) for name in ("Differences", "Interaction", _MORE, "Every number", "How this is judged")
    )
    with method:
        margin = _method(shown)
    with change:
        design = interaction.pick(shown)
    four = interaction.load(design) if design else []
    found = {metric: _judged(shown, four, metric, margin) for metric in frames.FINALS}
    pairs = {metric: one[: len(shown) - 1] for metric, one in found.items()}
    with opening:
        _title(frames.ACCURACY)
        st.markdown(f"**{sentence(shown, design, four, found[frames.ACCURACY])}**")
        _dots(shown, frames.ACCURACY)
        st.caption(" ".join(part for part in (_marks(shown), images_caveat(shown)) if part))
    with differences:
        _differences(shown, frames.ACCURACY, pairs[frames.ACCURACY], margin)
        st.markdown("\n".join(f"- {told}" for told in _told(shown, pairs[frames.ACCURACY])))
    if design:
        with change:
            interaction.show(design, four, {metric: one[-1] for metric, one in found.items()})
    with more:
        for metric in frames.FINALS[1:]:
            _metric(shown, metric, pairs[metric], margin if _in_points(metric) else None)
    with every:
        numbers.show(shown, four, found)
    with method:
        pairing.show(shown)


def _in_points(metric: Metric) -> bool:
    return frames.difference_unit(metric) == "points"


def _judged(shown: Sequence[Group], four: Sequence[Group], metric: Metric, margin: float) -> list[Finding]:
    unit = frames.difference_unit(metric)
    return compare.findings(_family(shown, four, metric), unit, margin if _in_points(metric) else None)


def sentence(shown: Sequence[Group], design: Design | None, four: Sequence[Group], found: Sequence[Finding]) -> str:
    """What happened: failed seeds first, then what a change does to both where this is asked, else what differs."""
    asked = design is not None and all(arm in [group.arm for group in shown] for arm in design.arms)
    if asked and design is not None and found[-1].value is not None:
        told = interaction.sentence(design, four, frames.ACCURACY, found[-1])
    else:
        named = [(group.label, one) for group, one in zip(shown[1:], found, strict=False)]
        told = compare.summary(shown[0].label, named)
    return " ".join(part for part in (failures(shown), told) if part)


def failures(shown: Sequence[Group]) -> str:
    """How many seeds of how many failed; "" if none did."""
    failed = [f"{share.text} seeds of {label}" for label, share in frames.failures(shown).items() if share.count]
    return f"{', '.join(failed)} failed (below {frames.failure_threshold(shown):.0f} %)." if failed else ""


def _marks(shown: Sequence[Group]) -> str:
    cross = "; ✕ is a failed seed" if failures(shown) else ""
    return f"Each dot is one seed; the bar is the median{cross}."


def images_caveat(shown: Sequence[Group]) -> str:
    """What no interval over seeds covers: that other test images would move every accuracy; "" for several data sets.

    The standard error of a share, with one right and one wrong image added: it is not 0 where all are right.
    """
    datasets = {group.arm.config.data.dataset for group in shown}
    if len(datasets) > 1:
        return ""
    images = datasets.pop().spec.test
    right = images * frames.finals(shown, frames.ACCURACY)["value"].median() / 100
    share = (right + 1) / (images + 2)
    error = 100 * math.sqrt(share * (1 - share) / images)
    return (
        f"Other test images than these {images:,} would shift every accuracy by about {error:.1g} points, which no "
        "interval here covers."
    )


def _told(shown: Sequence[Group], found: Sequence[Finding]) -> list[str]:
    named = zip(shown[1:], found, strict=True)
    return [compare.difference_sentence(one, group.label, shown[0].label) for group, one in named]


def _median(shown: Sequence[Group]) -> str:
    values = frames.finals(shown, frames.ACCURACY)["value"]
    return f"{number(values.median())} % over {seeds_text(len(values))}"


def _method(shown: Sequence[Group]) -> float:
    """How differences are judged, and the smallest that matters, in points."""
    st.markdown(_HOW)
    typed(MARGIN, "Smallest difference that matters (points)", help="Choose it before you look.")
    margin: float = MARGIN.chosen
    one_image = 100 / min(group.arm.config.data.dataset.spec.test for group in shown)
    if margin < one_image:
        st.caption(f"One test image is {one_image:.3g} points here: more than the margin of {margin:g}.")
    return margin


_HOW = (
    "*Test*: exact rank test (Wilcoxon–Mann–Whitney), so that one failed seed cannot hide a difference; unpaired, "
    "because runs with the same seed soon drift apart. *Difference*: median of all differences between two seeds, with "
    "the test's interval (95 %, or what few seeds reach). *Failed*: less than halfway from guessing to the best seed "
    "here. *p* and *seeds needed*: corrected (Holm) for all comparisons of one number on this page. *No difference "
    "that matters*: within the margin, by two one-sided tests."
)


def _family(shown: Sequence[Group], four: Sequence[Group], metric: Metric) -> list[Contrast]:
    """The contrasts of one metric that are shown together: each arm with the reference, and the interaction."""
    values = [list(frames.final_values(group, metric).values()) for group in shown]
    failed = list(frames.failures(shown).values()) if metric is frames.ACCURACY else None
    family = [
        compare.unpaired(values[0], other, (failed[0], failed[place]) if failed else None)
        for place, other in enumerate(values[1:], start=1)
    ]
    return [*family, interaction.contrast(four, metric)] if four else family


def _metric(shown: Sequence[Group], metric: Metric, found: Sequence[Finding], margin: float | None) -> None:
    _title(metric)
    left, right = st.columns(2, gap="medium")
    with left:
        _dots(shown, metric)
    with right:
        _differences(shown, metric, found, margin)


def _title(metric: Metric) -> None:
    st.markdown(f"## {metric.label} ({metric.unit})", help=_ABOUT[metric.label])


def _dots(shown: Sequence[Group], metric: Metric) -> None:
    """Every seed."""
    palette = colors(shown)
    labels, hues = tuple(palette), tuple(palette.values())
    frame = frames.finals(shown, metric)
    failing = {"below": frames.failure_threshold(shown)} if metric is frames.ACCURACY else {}
    low, high = charts.dots_limits(frame, metric.unit, **failing)
    seeds = tuple(sorted(set(frame["seed"])))
    spec = charts.dots(metric.unit, labels, hues, seeds, low, high, **failing)
    alt = charts.dots_alt(frame, metric.label, metric.unit)
    chart(f"{metric.label}, seed by seed", frame, spec, key=f"compare-dots-{metric.label}", alt=alt)


def _differences(shown: Sequence[Group], metric: Metric, found: Sequence[Finding], margin: float | None) -> None:
    palette, unit, reference = colors(shown), frames.difference_unit(metric), shown[0].label
    frame = frames.differences([group.label for group in shown[1:]], found)
    own = pd.DataFrame({"contrast": [reference]})
    reach = ceiling(frame[["difference", "low", "high"]].abs().to_numpy().ravel(), least=2 * (margin or 1e-4))
    labels, hues = tuple(palette), tuple(palette.values())
    chart(
        f"{metric.label}, differences to {reference}",
        pd.concat([own, frame], ignore_index=True),
        charts.differences(unit, labels, hues, reference, reach, margin),
        key=f"compare-differences-{metric.label}",
        alt=charts.differences_alt(frame, metric.label, unit, reference),
    )
    st.caption(sentences.legend(one.verdict for one in found))
