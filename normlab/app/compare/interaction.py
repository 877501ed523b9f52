"""The interaction of a 2×2 design: does a change do the same to two arms?"""

from collections.abc import Mapping, Sequence

import streamlit as st

from normlab import compare, frames
from normlab.app.compare import picks
from normlab.app.shell import cached, widgets
from normlab.app.shell.figure import figure
from normlab.charts import compare as charts
from normlab.charts.scales import around, highest
from normlab.charts.theme import run_colors
from normlab.compare import Arm, Contrast, Design, Finding, arm_text
from normlab.frames import Group, Metric
from normlab.labels import config_labels, settings_text

_DESIGN, _OF = "compare-design", "compare-design-of"
_READ = (
    "Dots are seeds; lines join the medians. Parallel lines: the change does the same to both. The contrast measures "
    "how far they are from parallel."
)


def pick(shown: Sequence[Group]) -> Design | None:
    """Draw the choice among the designs that the store completes around the shown arms; a sentence if there is none."""
    whole = [group.arm for group in shown if group.arm.seed is None]
    found = compare.designs(whole, [arm for arm in picks.known() if arm.seeds])
    if not found:
        st.caption(
            "No interaction to show: it needs A, A + x, B and B + x, for example BN and GN, each without and with L1."
        )
        return None
    labels = named(found)
    _follow(whole, found, labels)
    chosen: str | None = widgets.selectbox(
        "Does a change do the same to both?",
        labels,
        key=_DESIGN,
        help="An interaction: does a change, such as adding L1, do more to one setting than to the other?",
        placeholder="Choose a change and two settings",
    )
    return found[labels.index(chosen)] if chosen else None


def _follow(whole: Sequence[Arm], found: Sequence[Design], labels: Sequence[str]) -> None:
    """Where other arms are shown, a design of theirs takes the place of one that they are not all of."""
    of = {arm_text(arm.config) for arm in whole}
    changed = st.session_state.get(_OF) != of
    st.session_state[_OF] = of
    asked = st.session_state.get(_DESIGN, "")
    held = asked in labels and all(arm in whole for arm in found[labels.index(asked)].arms)
    if asked in (None, *labels) and (held or not changed):
        return
    own = sum(arm in whole for arm in found[0].arms) > 2
    st.session_state[_DESIGN] = labels[0] if own else None


def named(found: Sequence[Design]) -> list[str]:
    """A name for each design; where two share one, what sets them apart is added."""
    short = [name(design) for design in found]
    alike: dict[str, list[int]] = {}
    for place, one in enumerate(short):
        alike.setdefault(one, []).append(place)
    for one, places in alike.items():
        if len(places) > 1:
            apart = config_labels([found[place].a.config for place in places])
            for place, label in zip(places, apart, strict=True):
                short[place] = f"{one} ({label})"
    return short


def name(design: Design) -> str:
    """ "L1 0.001, with BN and with GN(2)"."""
    a, _, b, _ = names(design)
    return f"{_treatment(design)}, with {a} and with {b}"


def names(design: Design) -> tuple[str, str, str, str]:
    """Of A, A + x, B, B + x."""
    a, b = (settings_text(arm.config, design.factor) for arm in (design.a, design.b))
    x = _treatment(design)
    return a, f"{a} + {x}", b, f"{b} + {x}"


def _treatment(design: Design) -> str:
    return settings_text(design.a_x.config, design.treatment)


def load(design: Design) -> list[Group]:
    """The design's arms with their runs."""
    pairs = zip(names(design), design.arms, strict=True)
    return [Group(label, arm, tuple(cached.runs(arm))) for label, arm in pairs]


def contrast(four: Sequence[Group], metric: Metric) -> Contrast:
    a, a_x, b, b_x = (frames.final_values(group, metric) for group in four)
    return compare.interaction(a, a_x, b, b_x)


def formula(four: Sequence[Group]) -> str:
    a, a_x, b, b_x = (group.label for group in four)
    return f"({a_x} − {a}) − ({b_x} − {b})"


def show(design: Design, four: Sequence[Group], found: Mapping[Metric, Finding]) -> None:
    """Draw the test accuracy of the four arms, and a sentence on each metric."""
    metric = frames.FINALS[0]
    frame = frames.design_means(four, metric)
    if frame["arm"].nunique() < len(four):
        st.caption("One of the four settings has no readable finished run.")
        return
    low, high = around(frame["value"], most=highest(metric.unit))
    color_a, _, color_b, _ = run_colors([arm.config for arm in design.arms])
    labels = names(design)
    x = (settings_text(design.a.config, design.treatment), _treatment(design))
    spec = charts.interaction(metric.unit, (labels[0], labels[2]), (color_a, color_b), x, low, high)
    left, right = st.columns([1, 1], gap="large")
    with left:
        alt = charts.interaction_alt(frame, metric.label, metric.unit)
        figure(f"{metric.label} ({metric.unit})", frame, spec, key="compare-interaction", alt=alt, text=_READ)
    with right:
        st.markdown(f"**{formula(four)}**")
        for each, finding in ((metric, one) for metric, one in found.items() if one.value is not None):
            st.markdown(f"{each.label}: {sentence(design, four, each, finding)}")


def sentence(design: Design, four: Sequence[Group], metric: Metric, finding: Finding) -> str:
    """What the change does to both, in one sentence."""
    a, _, b, _ = names(design)
    return compare.change_sentence(_treatment(design), (a, b), changes(four, metric), finding)


def changes(four: Sequence[Group], metric: Metric) -> tuple[float, float]:
    """What x does in A and in B, Hodges and Lehmann's: the median of all differences between two seeds."""
    a, a_x, b, b_x = (list(frames.final_values(group, metric).values()) for group in four)
    return compare.shift(a, a_x), compare.shift(b, b_x)
