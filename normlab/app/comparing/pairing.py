"""Do runs with the same seed have something in common? What pairing by seed would bring."""

from collections.abc import Sequence

import streamlit as st

from normlab import compare, frames
from normlab.compare.pairing import FEWEST_SEEDS
from normlab.frames import Group

_ABOUT = (
    "Arms that share a seed start from the same random numbers and see the images in the same order. If that made "
    "their results alike, r would be near 1, and the difference seed by seed would be known better than that of all "
    "seeds. Usually the trainings soon part ways and r is near 0: then pairing only loses information. The "
    "verdicts here are unpaired, whatever comes out here: a method is chosen before looking."
)


def show(shown: Sequence[Group]) -> None:
    """Draw a sentence an arm on its pairs with the reference; the first group is the reference."""
    metric = frames.FINALS[0]
    unit = frames.difference_unit(metric)
    reference = frames.final_values(shown[0], metric)
    st.markdown("## Does pairing by seed help?")
    told = []
    for group in shown[1:]:
        pair = compare.pairing(reference, frames.final_values(group, metric))
        if pair is not None:
            told.append(f"- {group.label} and {shown[0].label}: {compare.pairing_sentence(pair, unit)}")
    if told:
        st.markdown("\n".join(told))
        st.caption(_ABOUT)
    else:
        st.caption(f"No arm shares at least {FEWEST_SEEDS} seeds with the reference.")
