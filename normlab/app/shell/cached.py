"""What all sessions of this process share: the store, the engine, and finished runs; and who this session is."""

import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from normlab import images
from normlab.app.shell.in_use import Looks
from normlab.choices import Dataset
from normlab.classroom import SESSION
from normlab.compare import Arm
from normlab.config import RunConfig
from normlab.engine import KEEP_SECONDS, Engine, EngineProblem, Housekeeper
from normlab.identity import run_id
from normlab.images import Images
from normlab.limits import Limits, LimitsProblem
from normlab.limits import read as read_limits
from normlab.record import Snapshot, Status
from normlab.store import Run, Store, StoreProblem

_SEEDS = range(10)
_MOST_KNOWN = 1024
_REST = 5.0
"""Seconds between two collections of garbage, which take some hundredths of one."""


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Raises `StoreProblem` if there is no folder to keep runs in."""
    return Store.open()


@st.cache_resource(show_spinner=False, on_release=Engine.close)
def engine() -> Engine:
    """The queue and the worker processes; they end with this process.

    Raises `EngineProblem` or `LimitsProblem` if the installation's settings cannot be used.
    """
    return Engine(store(), limits=limits(), is_here=is_connected)


@st.cache_resource(show_spinner=False)
def limits() -> Limits:
    """What this installation allows."""
    return read_limits()


@st.cache_resource(show_spinner=False, on_release=Housekeeper.close)
def housekeeper() -> Housekeeper:
    """Keeps the store below its size, and in it what open sessions show."""
    return Housekeeper(store(), limits().store_megabytes, looks().shown)


@st.cache_resource(show_spinner=False)
def looks() -> Looks:
    """Which runs the sessions of this process look at."""
    return Looks(is_connected)


def opening() -> RunConfig:
    """What the lab shows where nothing is asked for: the run that stands for the default settings."""
    return store().representative(RunConfig())


def problem() -> str:
    """Why nothing can be shown or trained here, in one sentence; "" if all is well."""
    try:
        engine()
        housekeeper()
    except (StoreProblem, EngineProblem, LimitsProblem) as reason:
        return str(reason)
    return ""


def session_id() -> str:
    """A name for this session, by which the engine knows who asked for a run: it stays when a connection breaks.

    Outside of a page there is no session, and no name.
    """
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def is_connected(session: str) -> bool:
    """Whether a browser shows this session, or a class wants its runs. Asked by the engine's thread, which has none."""
    if session.startswith(SESSION):
        return True
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def run(config: RunConfig) -> Run | None:
    """What is known of the configuration's run. What an attempt ended with never changes: it is read once."""
    name = run_id(config)
    return ended(name) or store().read(name)


def ended(name: str) -> Run | None:
    """The run if it has ended and is still there; it stays while this page shows it."""
    looks().note(session_id(), name)
    store().keep(name, KEEP_SECONDS)
    if store().status(name) not in (Status.FINISHED, Status.DIVERGED):
        return None
    return _ended(name, _attempt(name))


@st.cache_resource(max_entries=128, show_spinner=False, validate=lambda found: found is not None)
def _ended(name: str, attempt: str) -> Run | None:
    return store().read(name)


def _attempt(name: str) -> str:
    """What the ended run was made in: another one, if it was trained anew."""
    summary = store().ended(name)
    return summary.record.attempt if summary and summary.record else ""


def runs(arm: Arm) -> list[Run]:
    """The arm's finished runs that can be read."""
    return [found for config in arm.runs if (found := ended(run_id(config))) is not None]


@st.cache_resource(max_entries=3, show_spinner="Reading the images")
def test_images(dataset: Dataset) -> Images:
    """Shared by all sessions; nobody writes into it. Raises `DataProblem` if they are not here."""
    return images.load(dataset).test


def last_predictions(name: str) -> Snapshot | None:
    """What the ended run predicts for the test images, without its weights; None if that was not kept."""
    return _last_predictions(name, _attempt(name))


@st.cache_resource(max_entries=256, show_spinner=False, validate=lambda found: found is not None)
def _last_predictions(name: str, attempt: str) -> Snapshot | None:
    found = ended(name)
    epochs = found.snapshot_epochs() if found else ()
    return replace(found.snapshot(epochs[-1]), weights={}) if found and epochs else None


def last_snapshot(name: str) -> Snapshot | None:
    """The ended run's last weights and predictions; None if they were not kept."""
    return _last_snapshot(name, _attempt(name))


@st.cache_resource(max_entries=64, show_spinner=False, validate=lambda found: found is not None)
def _last_snapshot(name: str, attempt: str) -> Snapshot | None:
    found = ended(name)
    epochs = found.snapshot_epochs() if found else ()
    return found.snapshot(epochs[-1]) if found and epochs else None


def seeds(config: RunConfig) -> dict[int, float]:
    """Test accuracy (share of 1) of finished runs that differ in nothing but the seed, among 0 to 9 and its own.

    As they were at most some seconds ago: it takes a look at every run's folder.
    """
    known, now = _seeds(), time.monotonic()
    when, found = known.get(config, (float("-inf"), {}))
    if now - when > _REST:
        if len(known) > _MOST_KNOWN:
            known.clear()
        found = _seeds_now(config)
        known[config] = now, found
    return found


@st.cache_resource(show_spinner=False)
def _seeds() -> dict[RunConfig, tuple[float, dict[int, float]]]:
    return {}


def _seeds_now(config: RunConfig) -> dict[int, float]:
    found = {}
    for seed in sorted({*_SEEDS, config.seed}):
        other = store().ended(run_id(replace(config, seed=seed)))
        if other and other.status is Status.FINISHED and other.record and other.record.test_accuracy is not None:
            found[seed] = other.record.test_accuracy
    return found


def settle_memory() -> None:
    """After a page is complete: collect garbage, and move what all sessions share out of the collector's sight.

    Streamlit would collect after every script run and every tick of a live run, and that costs in proportion to all
    objects that are alive: a third of a class' time, and without `gc.freeze()` most of it. So `runner.postScriptGC` is
    off, and it is done here, every few seconds for all sessions together; Python's own collections go on. What
    is shared grows with what the sessions look at: so it is frozen after the first page, the second, the fourth, ...
    """
    pages, now = next(_pages()), time.monotonic()
    settles = pages & (pages - 1) == 0
    if settles or now - _collections()[-1] > _REST:
        _collections()[:] = [now]
        gc.collect()
    if settles:
        gc.freeze()


@st.cache_resource(show_spinner=False)
def _collections() -> list[float]:
    """When garbage was last collected, on the monotonic clock."""
    return [0.0]


@st.cache_resource(show_spinner=False)
def _pages() -> Iterator[int]:
    """Counts the pages that this process has drawn."""
    return count(1)
