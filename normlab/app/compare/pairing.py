"""Do runs with the same seed have something in common? What pairing by seed would bring."""

from collections.abc import Sequence

import streamlit as st

from normlab import compare, frames
from normlab.frames import Group

_ABOUT = (
    "Same seed: same random numbers, same order of the images. If that made results alike, r would be near 1 and "
    "pairing would help. Usually the runs soon drift apart, r is near 0, and pairing only loses information. Verdicts "
    "are unpaired either way: a method is chosen before looking."
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
        st.caption(f"No setting shares at least {compare.FEWEST_PAIRS} seeds with the reference.")
