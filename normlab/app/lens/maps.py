"""The network on the page: a component that draws the maps of one image after one epoch, and its lens."""

import base64
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from normlab.app.lens import sent
from normlab.app.shell import address
from normlab.app.shell.appearance import paint
from normlab.app.shell.component import component, heard
from normlab.app.shell.moment import nearest
from normlab.app.shell.words import plain
from normlab.charts.theme import BACKGROUND, FAINT, INK, MUTED, NORM_COLORS, ink_on
from normlab.config import ModelConfig
from normlab.datasets import DataProblem
from normlab.describe import norm_label, parameter_count
from normlab.images import Bytes, is_there
from normlab.store import Damage, Run

KEY = "lens"
TRAINING, TEST = "training", "test"
SCRIPTS = ("passes.js", "paint.js", "network.js", "reading.js", "maps.js")
"""Parts of one script, in order: what is behind uses what is before it."""

_HEIGHT = {False: 826, True: 965}
_ON_A_PHONE = 2_000
"""Pixels that the picture takes; True on a projector."""

_NO_WEIGHTS = "This run kept no weights, so its feature maps cannot be drawn."
_ALL, _SENT = "lens-all", "lens-sent"


@dataclass(frozen=True, slots=True)
class Look:
    """What of the picture is looked at: plain data for an address.

    `view` is "training" (statistics of a batch) or "test" (what a norm remembers); `cell` is the value under the lens,
    as `sent.is_cell` reads it, "" for the strongest of block 1; `filters` stand in the place of the maps before the
    norm.
    """

    view: str = TRAINING
    cell: str = ""
    filters: bool = False

    @classmethod
    def of(cls, message: Mapping[str, Any], model: ModelConfig) -> "Look":
        """From the browser or an address; what is not understood has its default."""
        view, cell = message.get("view"), message.get("cell")
        return cls(
            view if view in (TRAINING, TEST) else TRAINING,
            cell if isinstance(cell, str) and sent.is_cell(cell, model) else "",
            message.get("filters") is True,
        )


_component = component(__file__, '<div class="lens-frame"></div>', name="lens", scripts=SCRIPTS)


def place(*, projector: bool) -> str:
    """A style for the page's top, which keeps the picture's place while its script is on the way to the browser."""
    return (
        f".st-key-{KEY} {{ min-height: {_HEIGHT[projector]}px; }}"
        f"@media (max-width: 640px) {{ .st-key-{KEY} {{ min-height: {_ON_A_PHONE}px; }} }}"
    )


def show(
    run: Run,
    image: npt.NDArray[np.uint8],
    epoch: int | None = None,
    *,
    name: str = "Image",
    truth: int | None = None,
    look: Look | None = None,
    on_look: Callable[[Look], None] | None = None,
    on_open: Callable[[str], None] | None = None,
) -> None:
    """Draw `image` (28, 28) in the run's network after `epoch`, or the newest: of epochs without weights the nearest.

    `name` is what the image is called, `truth` its class. `on_look` is called with what the reader chooses to look at,
    `on_open` with the block whose name is clicked. The browser follows a player by itself: it listens to the window's
    event "normlab-epoch" with `{run, epoch}` and asks once for the weights of all kept epochs.

    Says in one sentence why, where nothing can be drawn.
    """
    kept = run.snapshot_epochs()
    if not kept:
        st.info(_NO_WEIGHTS, icon=":material/image_not_supported:")
        return
    known: set[str] = st.session_state.setdefault(_SENT, set())
    whole = st.session_state.pop(_ALL, None) == run.run_id
    try:
        drawn = data(run, image, epoch, known=frozenset() if whole else known, whole=whole)
    except Damage as damage:  # of a file that is read only when it is needed
        st.error(plain(f"The feature maps cannot be drawn: {damage}"), icon=":material/broken_image:")
        return
    known.update(f"{drawn['version']} {kept_epoch}" for kept_epoch in drawn["weights"])
    about = {"name": name, "truth": truth, "projector": address.is_large(), "opens": on_open is not None}

    def looked(message: Mapping[str, Any]) -> None:
        if on_look is not None:
            on_look(Look.of(message, run.config.model))

    _component(
        key=KEY,
        data={**drawn, **about, "look": asdict(look or Look())},
        on_looked_change=heard(KEY, "looked", looked),
        on_opened_change=heard(KEY, "opened", on_open or (lambda block: None)),
        on_wanted_change=heard(KEY, "wanted", _send_all),
    )


def _send_all(run_id: str) -> None:
    """For the callback, when the browser lacks weights: with the run's next drawing go those of all kept epochs."""
    st.session_state[_ALL] = run_id


def data(
    run: Run,
    image: Bytes,
    epoch: int | None = None,
    *,
    known: AbstractSet[str] = frozenset(),
    whole: bool = False,
) -> dict[str, Any]:
    """What the picture is drawn from: the weights of the kept epoch nearest to `epoch`, or (`whole`) of all, but for
    those that the browser has by now (`known`, as "version epoch").

    Raises:
        Damage: if the run's weights are not what they were.
    """
    kept, config = run.snapshot_epochs(), run.config
    asked = kept[-1] if epoch is None else epoch
    around, missing = _around(run)
    version = f"{run.run_id}-{run.record.attempt if run.record else ''}"
    needed = [one for one in (kept if whole else (nearest(kept, epoch),)) if f"{version} {one}" not in known]
    return {
        "run": run.run_id,
        "version": version,
        "network": sent.network(config.model, 1 if around is None else len(around) + 1),
        "settings": _settings(config.model),
        "kept": kept,
        "epoch": asked,
        "weights": {str(one): sent.weights(run, one) for one in needed},
        "image": base64.b64encode(np.ascontiguousarray(image).tobytes()).decode("ascii"),
        "neighbors": "" if around is None else sent.deflated(around),
        "missing": missing,
        "normalization": config.data.dataset.spec.normalization,
        "labels": config.data.dataset.spec.labels,
        "colors": _colors(),
    }


def _around(run: Run) -> tuple[Bytes | None, str]:
    """The other images of the batch, or why there are none."""
    dataset = run.config.data.dataset
    try:
        if is_there(dataset):
            return sent.neighbors(run.config), ""
    except DataProblem as problem:
        return None, str(problem)
    return None, f"The training view needs the images of {dataset.spec.name}, which are not here."


def _settings(model: ModelConfig) -> str:
    dropout = f" · dropout {model.dropout:g}" if model.dropout else ""
    return f"{norm_label(model)}{dropout} · {parameter_count(model):,} parameters"


def _colors() -> dict[str, Any]:
    norms = {key: {"color": paint(role), "ink": ink_on(paint(role))} for key, role in NORM_COLORS.items()}
    page: dict[str, Any] = paint({"paper": BACKGROUND, "ink": INK, "muted": MUTED, "faint": FAINT})
    return {**page, "norms": norms}
