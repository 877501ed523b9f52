"""Curves: accuracy, loss, penalty and learning rate over the run, and one number of several runs."""

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd
import streamlit as st

from normlab import frames
from normlab.app.lab import views
from normlab.app.lab.panels import modes
from normlab.app.shell import links
from normlab.app.shell.controls import box, buttons
from normlab.app.shell.figure import figure, partial
from normlab.app.shell.moment import marked
from normlab.app.shell.views import ZOOM
from normlab.charts import curves
from normlab.charts.curves import first_zoomed
from normlab.charts.scales import ceiling
from normlab.charts.theme import run_colors
from normlab.compare import arm_text
from normlab.identity import base, canonical
from normlab.labels import difference_labels
from normlab.numerals import signed
from normlab.record import Status
from normlab.store import Run

_ACCURACY = "*Train mode*: while learning, dropout on. *Eval mode*: after the epoch, dropout off; compare it with test."
_LOSS = "Negative log-likelihood of the true class, without penalty: 0 is certain and right, 2.3 a blind guess."
_PARTS = "Training lowers their sum. Each point averages a few steps."
_BY = "What to plot for this run and the pinned ones."
_RATE = "The optimizer's step size, set by the schedule."


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw the run's curves; with pinned runs, an overlay above them."""
    others = [other for other in pinned if other.run_id != run.run_id]
    zoom, metric = _header(run, epoch, compared=bool(others))
    zoom = zoom and (epoch is None or epoch >= first_zoomed(len(run.epochs)))
    if metric:
        _overlay([run, *others], metric, epoch, zoom=zoom)
    _scores(run, epoch, zoom=zoom)
    if canonical(run.config).bn_modes:
        modes.curve(run, epoch, zoom=zoom)
    _steps(run, epoch)


def prepare(run: Run) -> None:
    """Make what is the same for every visitor before the first one comes: the specifications of the charts."""
    epochs = run.config.optim.epochs
    _by_epoch(run)
    _by_step(run)
    for value in curves.UNITS:
        curves.scores(value, epochs, 0.0, 1.0)
    curves.parts(epochs, 1.0)
    curves.learning_rate(epochs, 1.0)


@lru_cache(maxsize=128)
def _by_epoch(run: Run) -> pd.DataFrame:
    return frames.curves([run])


@lru_cache(maxsize=128)
def _by_step(run: Run) -> pd.DataFrame:
    return frames.steps(run)


def _header(run: Run, epoch: int | None, *, compared: bool) -> tuple[bool, frames.Metric | None]:
    """What the run lacks, or its gap in the loss; whether the vertical axes zoom, and by what runs are compared."""
    running, metric = run.status is Status.RUNNING, None
    note, choice, axes = st.columns([3, 2, 2], vertical_alignment="bottom")
    with axes:
        axis = buttons(views.AXIS, "Vertical axis", disabled=running, label_visibility="collapsed")
    note.caption(partial(run) or _loss_gap(run, epoch))
    if compared:
        with choice:
            metric = box(views.METRIC, "Compare the runs by", words=lambda item: item.label, help=_BY)
    return axis == ZOOM and not running, metric


def _loss_gap(run: Run, epoch: int | None) -> str:
    gap = frames.gap(run, epoch)
    if gap is None:
        return ""
    return f"Loss gap at epoch {gap.epoch} (test − training, eval mode): {signed(gap.loss, 3)} nats."


def _scores(run: Run, epoch: int | None, *, zoom: bool) -> None:
    frame, epochs = marked(_by_epoch(run), epoch), run.config.optim.epochs
    for column, value, title, text in zip(
        st.columns(2, gap="medium"),
        ("accuracy", "loss"),
        ("Accuracy (%)", "Loss (nats)"),
        (_ACCURACY, _LOSS),
        strict=True,
    ):
        low, high = curves.score_limits(frame, value, zoom=zoom)
        spec = curves.scores(value, epochs, low, high)
        with column:
            words = f"{curves.cut_off(frame, value, low, high)} {text}".strip()
            figure(title, frame, spec, key=f"curves-{value}", alt=curves.scores_alt(frame, value), text=words)


def _steps(run: Run, epoch: int | None) -> None:
    frame, epochs = marked(_by_step(run), epoch), run.config.optim.epochs
    parts, rate = st.columns(2, gap="medium")
    high = ceiling([2.5, *frame["data_loss"], *frame["penalty"]])
    penalty = run.config.penalty
    text = _PARTS if penalty.l1 or penalty.l2 else f"{_PARTS} This run has no penalty."
    with parts:
        spec = curves.parts(epochs, high)
        figure("Data loss and penalty (nats)", frame, spec, key="curves-parts", alt=curves.parts_alt(frame), text=text)
    with rate:
        spec = curves.learning_rate(epochs, ceiling([run.config.optim.lr]))
        alt = curves.learning_rate_alt(frame)
        figure("Learning rate", frame, spec, key="curves-lr", alt=alt, text=_RATE)


def _overlay(runs: Sequence[Run], metric: frames.Metric, epoch: int | None, *, zoom: bool) -> None:
    frame = marked(frames.overlay(runs, metric), epoch)
    labels = tuple(difference_labels(runs))
    low, high = curves.overlay_limits(frame, metric.unit, zoom=zoom)
    epochs = max(run.config.optim.epochs for run in runs)
    colors = run_colors([run.config for run in runs])
    spec = curves.overlay(metric.unit, labels, colors, epochs, low, high)
    alt = curves.overlay_alt(frame, metric.label, metric.unit)
    cut = curves.cut_off(frame, "value", low, high)
    text = f"{cut} {len(runs)} runs, one seed each: a small difference may be chance.".strip()
    figure(f"{metric.label} ({metric.unit}), run by run", frame, spec, key="curves-overlay", alt=alt, text=text)
    if texts := together(runs):
        st.markdown(f"[Compare with all seeds ↗]({links.to_compare(texts)})")


def together(runs: Sequence[Run]) -> list[str]:
    """The arms of these runs as an address has them, or where two share one the runs; none for fewer than two."""
    ended = [run.config for run in runs if run.status is Status.FINISHED]
    distinct = len({base(config) for config in ended}) == len(ended)
    texts = [arm_text(base(config), None if distinct else config.seed) for config in ended]
    return texts if len(texts) > 1 else []
