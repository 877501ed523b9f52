"""The lab: choose a configuration, see its run, or train it."""

import streamlit as st

from normlab import images
from normlab.app.lab import configuration, link, live, pins, playing, race, rewind, setup, sidebar, summary, view
from normlab.app.lab.network import strip
from normlab.app.lab.panels import model
from normlab.app.lab.phase import Kind, Phase, phase
from normlab.app.lab.scene import RACE, RUN, SCENE, Scene, is_race
from normlab.app.lab.views import VIEWS
from normlab.app.shell import address, cached, fetching, library, page, widgets
from normlab.app.shell.controls import buttons
from normlab.app.shell.figure import reached
from normlab.app.shell.fragments import fragment
from normlab.app.shell.page import Page
from normlab.app.shell.words import plain, word
from normlab.config import ConfigError, RunConfig
from normlab.describe import forgets_the_image, parameter_count
from normlab.generation import is_older
from normlab.norms import SPECS
from normlab.numerals import duration
from normlab.record import Status
from normlab.store import Run
from normlab.titles import title

_HOSTED = "Runs are stored on the computer that runs this app. If it is hosted, live runs may disappear."
_NORMS = ", ".join(f"{key.upper()} is {spec.name}" for key, spec in SPECS.items())
_NAME = f"Normalization ({_NORMS}), dropout, penalties, data set, and the seed, which sets the random start."
_SCENES = {RACE: "Race", RUN: "One run"}
_FORGETS = (
    "{norm} gives every channel the same mean, β, in every image, and the average pooling after block 6 keeps only "
    "that mean: the head gets the same numbers for every image, so this network can only guess."
)


def _draw() -> None:
    config, contradiction = configuration.current(), configuration.contradiction()
    if not (is_race() and address.is_large()):  # there one picture fills the screen
        with st.sidebar:
            sidebar.show(config, contradiction)
    with st.container():  # so that a message comes and goes without drawing anew what is below
        _messages(config, contradiction)
    if race.is_there():
        buttons(SCENE, "Shown", words=_SCENES.__getitem__, label_visibility="collapsed")
    if is_race():
        race.show()
    else:
        _one_run(config)


def _one_run(config: RunConfig) -> None:
    now = phase(config)
    if now.recorded and now.recorded.epochs and (epoch := setup.take_epoch()) is not None:
        playing.open_at(now.recorded, epoch)
        page.say()
    _head(config, now)
    if now.kind in (Kind.ENDED, Kind.LIVE):
        pins.look_at(config)
    with st.container():
        _about(config, now)
    pins.chips()
    _show(config, now)


def _messages(config: RunConfig, contradiction: ConfigError | None) -> None:
    """What the address or the widgets asked for in vain, and what the settings make impossible."""
    page.complain()
    if contradiction is not None:
        text = f"{plain(str(contradiction))} Until then, the last valid settings are shown."
        st.warning(text, icon=":material/rule:")
    if notice := cached.store().notice:
        st.warning(plain(notice, 400), icon=":material/hard_drive:")
    if forgets_the_image(config.model):
        st.info(_FORGETS.format(norm=config.model.norms[-1].spec.name), icon=":material/lightbulb:")


def _head(config: RunConfig, now: Phase) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(title(config), anchor=False, width="content", help=_NAME)
        with st.container(horizontal=True, width="content"):
            if now.run is not None and now.run.epochs:
                if now.recorded and not setup.current().hides("rewind"):
                    rewind.button(config)
                if not setup.current().hides("pin"):
                    pins.button(config)
            if not setup.current().hides("link"):
                link.button(config, playing.early(now.recorded) if now.recorded else None)


def _about(config: RunConfig, now: Phase) -> None:
    """What is said of the run above it; one that trains speaks for itself."""
    if now.kind is Kind.ENDED and now.run is not None:
        _ended(now.run)
    elif now.kind is not Kind.LIVE:
        _not_ended(config, now)


def _ended(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{summary.seeds(run.config)} {summary.origin(run)}", help=summary.made(run))
        if _can_be_replaced(run):
            widgets.button(
                "Train again",
                icon=":material/refresh:",
                type="tertiary",
                key="retrain",
                help="Trains this run with the current code. The present result is set aside, not deleted.",
                on_click=live.join,
                args=(run.config,),
            )
    if run.status is Status.DIVERGED:
        reason = plain(run.ended.reason) if run.ended else ""
        st.error(
            f"This run diverged {reached(run)}. {reason} A smaller learning rate or a norm usually helps; the same "
            "settings would diverge again.",
            icon=":material/trending_up:",
        )


def _can_be_replaced(run: Run) -> bool:
    """Whether the run is of an older generation, and can be trained here now."""
    return (
        run.record is not None
        and is_older(run.record)
        and cached.engine().workers > 0
        and images.is_there(run.config.data.dataset)
        and not setup.current().hides("train")
        and not live.refusal(run.config)
    )


def _not_ended(config: RunConfig, now: Phase) -> None:
    if now.kind is Kind.FAILED and now.ticket is not None:
        st.error(f"The training failed: {plain(now.ticket.message, 400)}", icon=":material/error:")
    if now.kind is Kind.INTERRUPTED and now.run is not None:
        rest = "; earlier results are below" if now.run.epochs else ""
        st.warning(f"This run was interrupted {reached(now.run)}{rest}.", icon=":material/pause_circle:")
    _offer(config, again=now.kind is not Kind.NOTHING)


def _show(config: RunConfig, now: Phase) -> None:
    """The run as one fragment in all its states: another panel, block or epoch does not draw the whole page, and what
    is clicked while a training ends reaches the run that has ended."""
    armed = now.recorded is not None and playing.is_playing(now.recorded)
    pace = live.PACE if now.kind is Kind.LIVE else playing.PACE if armed else None
    fragment(_run, every=pace)(config, now, armed)


def _run(config: RunConfig, now: Phase, armed: bool) -> None:
    """In the fragment; `armed` as in `playing.tick`. Progress has a place that is always there, so that a run that ends
    moves no chart."""
    place, run = st.container(), now.run
    if now.kind is Kind.LIVE:
        live.tick(config, place)
    elif run is not None:
        playing.tick(run, lambda: view.show(run, playing.shown(run)), armed)
    else:
        strip.show(live.nothing_yet(config))
        model.show(live.nothing_yet(config))


def _offer(config: RunConfig, *, again: bool) -> None:
    """A way to a result: training, a download first, or finished runs nearby."""
    with st.container(border=True):
        if cached.engine().workers == 0:
            st.markdown("## These settings have not been trained")
            st.markdown("Live training is off here: you can only view finished runs.")
        elif not images.is_there(config.data.dataset):
            st.markdown(f"## {word(config.data.dataset)} is not available yet")
            fetching.show(config.data.dataset)
        else:
            _train(config, again=again)
        if not again:
            _nearby(config)


def _train(config: RunConfig, *, again: bool) -> None:
    if not again:
        st.markdown("## These settings have not been trained")
    seconds = cached.engine().estimate(config)
    time = f" About {duration(seconds)}." if seconds else ""
    st.markdown(
        f"{parameter_count(config.model):,} parameters, {config.data.training_images:,} images seen "
        f"{config.optim.epochs} times, {config.steps:,} steps.{time}"
    )
    if setup.current().hides("train"):
        return
    if refusal := live.refusal(config):
        st.warning(plain(refusal), icon=":material/block:")
    widgets.button(
        "Train again" if again else "Train live",
        icon=":material/play_arrow:",
        type="primary",
        key="train",
        help="Trains now, on the computer that runs this page. The same settings are trained only once, for everyone.",
        disabled=bool(cached.limits().exceeded(config)),
        on_click=live.join,
        args=(config,),
    )
    st.caption(_HOSTED)


def _nearby(config: RunConfig) -> None:
    near = library.nearest(config, fits=configuration.keeps_what_is_fixed)
    if not near:
        return
    st.markdown("Closest finished runs:")
    with st.container(horizontal=True):
        for place, other in enumerate(near):
            widgets.button(
                title(other),
                key=f"near-{place}",
                help="Shows this run instead.",
                on_click=configuration.adopt,
                args=(other,),
            )


_OTHERS = (configuration.PART, setup.PART, *VIEWS, *race.VIEWS)
PARTS = (*_OTHERS, Scene(_OTHERS))
PAGE = Page("", "Lab", ":material/science:", _draw, PARTS, needs_store=True)
