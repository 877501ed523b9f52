"""The three networks of the study: picture, layer table, parameters."""

import streamlit as st

from normlab.app.panels import model
from normlab.app.panels.picture import picture
from normlab.app.studying import choice, source
from normlab.describe import parameter_count
from normlab.findings import arm_name
from normlab.study.published import EXPERIMENTS


def show(*, dark: bool) -> None:
    """Draw the network of the chosen experiment."""
    arm = st.segmented_control(
        "Experiment",
        [experiment.arm for experiment in EXPERIMENTS],
        default=EXPERIMENTS[0].arm,
        required=True,
        format_func=arm_name,
        key="study-network",
        on_change=choice.acknowledge,
    )
    config = source.results().config("study", arm)
    assert config is not None, "the study's λ is fixed"
    st.html(picture(config.model, dark=dark))
    st.caption(
        f"{parameter_count(config.model):,} parameters. The three networks differ only in the norm of their blocks, "
        "and every norm has as many parameters: γ and β of each channel."
    )
    model.table(config.model)
