"""How far the repetition is, and what stands in place of what is not measured yet."""

import streamlit as st

from normlab.study.plan.grids import PARTS, Part
from normlab.study.plan.mechanisms import SEEDS, VARIANTS
from normlab.study.results.measured import EVERY, Results

_TITLES = {"study": "Study's recipe, MNIST", "digits": "digits", "mnist-2k": "MNIST, 2,000 images", "mnist": "MNIST"}
COMMAND = "normlab study train"


def trained(results: Results, part: Part) -> int:
    """Runs of the part that have finished."""
    return sum(len(results.seeds(part.name, arm.name)) for arm in part.arms())


def progress(results: Results) -> None:
    """A badge a part: how much of it there is."""
    st.caption("Progress of the repetition:")
    with st.container(horizontal=True, gap="xsmall"):
        for part in PARTS:
            done, planned = trained(results, part), part.size()
            _badge(_TITLES.get(part.name, "Fashion-MNIST"), done, planned, "runs")
        files = sum(len(results.measurements(arm.name)) for arm in VARIANTS)
        _badge("Mechanisms", files, len(VARIANTS) * len(SEEDS), "measured")


def _badge(title: str, done: int, planned: int, what: str) -> None:
    color = "green" if done == planned else "blue" if done else "gray"
    st.badge(f"{title}: {done} of {planned} {what}", color=color)  # type: ignore[arg-type]


def untrained(results: Results, part: str) -> None:
    """A sentence on what is missing of a part; nothing once all of it is there."""
    whole = EVERY[part]
    done, planned = trained(results, whole), whole.size()
    if done == planned:
        return
    told = f"**Not trained yet:** {planned - done} of its {planned} runs" if done else "**Not trained yet**"
    st.info(f"{told} ({whole.title}). `{COMMAND} {part}` trains what is missing.", icon=":material/hourglass_empty:")
