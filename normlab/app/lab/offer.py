"""What is said of settings without a result, in one row: a way to one. Below it the last result stays, dimmed."""

import streamlit as st

from normlab import images
from normlab.app.lab import configuration, live, setup
from normlab.app.lab.phase import Kind, Phase
from normlab.app.shell import cached, fetching, library, widgets
from normlab.app.shell.figure import reached
from normlab.app.shell.words import plain, word
from normlab.config import RunConfig
from normlab.describe import parameter_count
from normlab.numerals import duration
from normlab.store import Run
from normlab.titles import title

_HOSTED = (
    "Trains now, on the computer that runs this page; the same settings are trained only once, for everyone. Runs are "
    "stored there: if it is hosted, they may disappear."
)


def show(config: RunConfig, now: Phase, last: Run | None) -> None:
    """Training, a download first, or finished runs nearby; `last` is the result that stays below."""
    if now.kind is Kind.FAILED and now.ticket is not None:
        st.error(f"The training failed: {plain(now.ticket.message, 400)}", icon=":material/error:")
    if now.kind is Kind.INTERRUPTED and now.run is not None:
        rest = "; earlier results are below" if now.run.epochs else ""
        st.warning(f"This run was interrupted {reached(now.run)}{rest}.", icon=":material/pause_circle:")
    is_new = now.kind is Kind.NOTHING
    if cached.engine().workers and not images.is_there(config.data.dataset):
        st.markdown(f"**{word(config.data.dataset)} is not available yet.**{_below(last)}")
        fetching.show(config.data.dataset)
    else:
        _train(config, last, is_new=is_new)


def _train(config: RunConfig, last: Run | None, *, is_new: bool) -> None:
    refusal = live.refusal(config)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if cached.engine().workers == 0:
            text = "Live training is off here: you can only view finished runs."
        else:
            if not setup.current().hides("train"):
                widgets.button(
                    "Train live" if is_new else "Train again",
                    icon=":material/play_arrow:",
                    type="primary",
                    key="train",
                    help=_HOSTED,
                    disabled=bool(cached.limits().exceeded(config)),
                    on_click=live.join,
                    args=(config,),
                )
            seconds = cached.engine().estimate(config)
            text = f"About {duration(seconds)}." if seconds else ""
        first = "Not trained yet. " if is_new else ""
        st.caption(f"{first}{text}{_below(last)}", width="content", help=_work(config))
        if is_new:
            _nearby(config)
    if refusal:
        st.warning(plain(refusal), icon=":material/block:")


def _below(last: Run | None) -> str:
    return f" Below, dimmed: the last result, **{title(last.config)}**." if last is not None else ""


def _work(config: RunConfig) -> str:
    return (
        f"{parameter_count(config.model):,} parameters, {config.data.training_images:,} images seen "
        f"{config.optim.epochs} times, {config.steps:,} steps."
    )


def _nearby(config: RunConfig) -> None:
    near = library.nearest(config, fits=configuration.keeps_what_is_fixed)
    if not near:
        return
    with st.popover("Closest finished runs", type="tertiary"):
        for place, other in enumerate(near):
            widgets.button(
                title(other),
                key=f"near-{place}",
                help="Shows this run instead.",
                on_click=configuration.adopt,
                args=(other,),
            )
