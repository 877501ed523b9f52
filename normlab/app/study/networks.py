"""The three networks of the study: picture, layer table, parameters."""

import streamlit as st

from normlab.app.lab import live
from normlab.app.lab.network import strip
from normlab.app.lab.panels import model
from normlab.app.shell import cached
from normlab.app.shell.controls import buttons
from normlab.app.study import source
from normlab.app.study.views import NETWORK
from normlab.describe import parameter_count
from normlab.study.claims.statements import arm_name

_EXPERIMENT = "The study compared three networks; they differ in the norm and in the penalty."


def show() -> None:
    """Draw the network of the chosen experiment."""
    arm: str = buttons(NETWORK, "Experiment", words=arm_name, help=_EXPERIMENT)
    results = source.results()
    config = results.config("study", arm)
    assert config is not None, "the study's λ is fixed"
    chosen = results.representative("study", arm)
    ours = None if chosen is None else cached.run(chosen)
    strip.show(ours or live.nothing_yet(config))
    st.caption(
        f"{parameter_count(config.model):,} parameters. The three networks differ only in the norm of their blocks, "
        "and all three norms have the same number of parameters: γ and β for each channel."
    )
    model.table(config.model)
