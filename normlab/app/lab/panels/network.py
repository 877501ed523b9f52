"""Network: an image on its way through the run's network, as feature maps, and any of their values under a lens."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from normlab import drawing
from normlab.app.draw import state as pad
from normlab.app.lab import opening, views
from normlab.app.lens import maps
from normlab.app.lens.maps import Look
from normlab.app.shell import address, cached
from normlab.app.shell.controls import buttons, choose
from normlab.app.shell.figure import waiting
from normlab.app.shell.words import plain
from normlab.datasets import DataProblem
from normlab.images import Bytes, Images
from normlab.record import Status
from normlab.store import Run


def show(run: Run, pinned: Sequence[Run], *, epoch: int | None) -> None:
    """Draw the choice of an image, and its maps after the kept epoch nearest to `epoch`."""
    if run.status is Status.RUNNING or not run.snapshot_epochs():
        st.info(waiting(run, "Feature maps"), icon=":material/hourglass_empty:")
        return
    try:
        test = cached.test_images(run.config.data.dataset)
    except DataProblem as problem:
        st.info(plain(str(problem)), icon=":material/image_not_supported:")
        return
    name, image, truth = _image(run, test)
    asked = {"view": views.VIEW.chosen, "cell": views.CELL.chosen, "filters": views.FILTERS.chosen}
    look = Look.of(asked, run.config.model)
    st.html(f"<style>{maps.place(projector=address.is_large())}</style>")
    on_open = opening.block if opening.takes_blocks() else None
    maps.show(run, image, epoch, name=name, truth=truth, look=look, on_look=_take, on_open=on_open)


def _image(run: Run, test: Images) -> tuple[str, Bytes, int | None]:
    """The chosen image, its name, and its class if that is known."""
    labels = run.config.data.dataset.spec.labels
    words: dict[int | str, str] = {
        int(np.flatnonzero(test.labels == label)[0]): labels[label] for label in range(len(labels))
    }
    own = views.IMAGE.chosen
    if isinstance(own, int) and own not in words and own < len(test.labels):
        words[own] = f"No. {own}"
    if pad.is_drawn():
        words[views.DRAWN] = "Your drawing"
    chosen = buttons(views.IMAGE, "Image", tuple(words), words=words.__getitem__)
    if chosen == views.DRAWN:
        return "Your drawing", drawing.as_image(pad.canvas(), run.config.data.dataset, centered=pad.is_centered()), None
    return f"Test image {chosen}", test.images[chosen], int(test.labels[chosen])


def _take(look: Look) -> None:
    """Callback: what the reader looks at."""
    choose({views.VIEW: look.view, views.CELL: look.cell, views.FILTERS: look.filters})
