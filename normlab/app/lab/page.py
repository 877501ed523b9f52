"""The lab: choose a configuration, see its run, or train it."""

from functools import partial

import streamlit as st

from normlab import images
from normlab.app.lab import (
    configuration,
    link,
    live,
    offer,
    pins,
    playing,
    race,
    rewind,
    rows,
    setup,
    sidebar,
    summary,
    view,
)
from normlab.app.lab.network import strip
from normlab.app.lab.panels import model
from normlab.app.lab.phase import Kind, Phase, phase
from normlab.app.lab.scene import RACE, RUN, SCENE, Scene, is_race
from normlab.app.lab.views import VIEWS
from normlab.app.shell import address, cached, page, widgets
from normlab.app.shell.appearance import paint
from normlab.app.shell.controls import buttons
from normlab.app.shell.figure import reached
from normlab.app.shell.fragments import fragment
from normlab.app.shell.page import Page
from normlab.app.shell.words import plain
from normlab.charts.theme import MUTED
from normlab.config import ConfigError, RunConfig
from normlab.describe import forgets_the_image
from normlab.generation import is_older
from normlab.norms import SPECS
from normlab.record import Status
from normlab.store import Run
from normlab.titles import title

_NORMS = ", ".join(f"{key.upper()} is {spec.name}" for key, spec in SPECS.items())
_NAME = f"Normalization ({_NORMS}), dropout, penalties, data set, and the seed, which sets the random start."
_SCENES = {RACE: "Race", RUN: "One run"}
_ABOUT, _RESULT, _TOOLS = "about", "result", "run-tools"
_ROOM = f"""
.st-key-{sidebar.DONE} {{ min-height: 2.9rem; }}
@media (max-width: 640px) {{
  [data-testid=stMainBlockContainer] h1 {{ font-size: 1.5rem; }}
  [data-testid=stApp]:has([data-testid=stSidebar][data-collapsed=false])
  :is(.st-key-{_TOOLS}, .st-key-row-{pins.KEY}) {{ display: none; }}
}}
"""
"""On a phone, what does not change with a setting makes room for what does, while the settings are open."""
_DIMMED = f"""
.st-key-{_RESULT} :is(svg, img, canvas) {{{{ filter: grayscale(1) opacity(0.45); }}}}
.st-key-{_RESULT} [data-testid=stBidiComponentRegular] {{{{ filter: grayscale(1); }}}}
.st-key-{_RESULT} :is([data-testid=stMetricValue], [data-testid=stMetricDelta]) {{{{ color: {{muted}}; }}}}
"""
"""Pictures fade; words stay as readable as secondary text."""
_FORGETS = (
    "{norm} gives every channel the same mean, β, in every image, and the average pooling after block 6 keeps only "
    "that mean: the head gets the same numbers for every image, so this network can only guess."
)


def _draw() -> None:
    config, contradiction = configuration.current(), configuration.contradiction()
    if not address.is_large():
        with st.sidebar:
            sidebar.show(config, contradiction)
    with st.container():  # so that a message comes and goes without drawing anew what is below
        _messages(config, contradiction)
    with st.container(horizontal=True, vertical_alignment="center", gap="large"):
        if race.is_there():
            buttons(SCENE, "Shown", words=_SCENES.__getitem__, label_visibility="collapsed")
        if address.is_large() and not is_race():
            sidebar.one_norm(contradiction)
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
    last = pins.last() if now.kind is Kind.NOTHING else None
    with rows.row(_ABOUT):
        _about(config, now, last)
    rows.with_picture(pins.chips, partial(_show, config, now, last))


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
        with st.container(key=_TOOLS, horizontal=True, width="content"):
            if now.run is not None and now.run.epochs:
                if now.recorded and not setup.current().hides("rewind"):
                    rewind.button(config)
                if not setup.current().hides("pin"):
                    pins.button(config)
            if not setup.current().hides("link"):
                link.button(config, playing.early(now.recorded) if now.recorded else None)


def _about(config: RunConfig, now: Phase, last: Run | None) -> None:
    """What is said of the run above it; one that trains speaks for itself."""
    if now.kind is Kind.ENDED and now.run is not None:
        _ended(now.run)
    elif now.kind is not Kind.LIVE:
        offer.show(config, now, last)


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


def _show(config: RunConfig, now: Phase, last: Run | None) -> None:
    """The run as one fragment in all its states: another panel, block or epoch does not draw the whole page, and what
    is clicked while a training ends reaches the run that has ended. Without a run it is the `last` one, dimmed."""
    st.html(f"<style>{rows.style()}{_ROOM}{'' if last is None else _DIMMED.format(muted=paint(MUTED))}</style>")
    with st.container(key=_RESULT):
        fragment(_run, every=live.PACE if now.kind is Kind.LIVE else None)(config, now, last)


def _run(config: RunConfig, now: Phase, last: Run | None) -> None:
    """In the fragment. Progress has a place that is always there, so that a run that ends moves no chart."""
    place, run = st.container(), now.run or last
    if now.kind is Kind.LIVE:
        live.tick(config, place)
    elif run is not None:
        view.show(run, playing.shown(run))
    else:
        strip.show(live.nothing_yet(config))
        model.show(live.nothing_yet(config))


_OTHERS = (configuration.PART, setup.PART, *VIEWS, *race.VIEWS)
PARTS = (*_OTHERS, Scene(_OTHERS))
PAGE = Page("", "Lab", ":material/science:", _draw, PARTS, needs_store=True)
