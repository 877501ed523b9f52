"""The first minute, for whoever wants it: five steps in a popover that blocks nothing."""

import streamlit as st

_STEPS = """
1. **Look.** The page shows a real network that was trained on images of digits: how often it is right on new ones,
   and how it got there.
2. **Change one thing.** Press a norm under *Normalization*, at the left, to add it or take it away. The curves are
   those of another run now, and below each number stands what that did.
3. **Compare.** Go back, press **Pin this run**, and change something again: both runs are drawn in one chart.
   **Rewind** does both at once: the same start, with one thing changed.
4. **Look inside.** *Layers* shows what a norm does to the numbers in each block, *Mistakes* the images the network gets
   wrong. **Play** goes through the epochs, and everything follows; a block of the drawing at the top opens in *Layers*.
5. **Train.** Settings nobody has tried yet have a button **Train live**; it takes some seconds.

On a phone the settings and the other pages are behind the two arrows at the top. Every question mark explains what it
stands beside; the pages *Study*, *Compare*, *Worksheet* and *Draw* go on from here.
"""


def button() -> None:
    """Opened by whoever wants it, closed by Escape or a click beside it."""
    with st.popover("Tour", icon=":material/explore:", type="tertiary"):
        st.markdown(_STEPS)
