"""A data set that is not here: how to get it, and its download while it comes."""

import streamlit as st

from normlab import images
from normlab.app.shell import cached, widgets
from normlab.app.shell.fragments import fragment
from normlab.app.shell.words import plain
from normlab.choices import Dataset
from normlab.engine import FetchStatus

_PACE = 1.0
"""Seconds from one look at a download to the next."""


def show(dataset: Dataset) -> None:
    """A button, then the download's progress; the whole page is drawn again once the data set is here."""
    fragment(_look, every=_PACE)(dataset)


def _look(dataset: Dataset) -> None:
    if images.is_there(dataset):
        st.rerun(scope="app")
    status = cached.engine().fetch_status(dataset)
    is_running = status is not None and status.state == "running"
    note = st.empty()
    if status is not None and is_running:
        note.progress(*progress(status))
    elif status is not None and status.state == "failed":
        note.error(plain(status.message), icon=":material/cloud_off:")
    widgets.button(
        f"Download ({dataset.spec.download_megabytes} MB)",
        icon=":material/download:",
        key=f"fetch-{dataset}",
        disabled=is_running,
        help="From torchvision's mirrors; every file is checked. An interrupted download resumes where it stopped.",
        on_click=cached.engine().fetch,
        args=(dataset,),
    )


def progress(status: FetchStatus) -> tuple[float, str]:
    """The share that has arrived, and a line that says so."""
    if not status.total_bytes:
        return 0.0, "Looking for a mirror"
    done, total = status.done_bytes / 1e6, status.total_bytes / 1e6
    return min(status.done_bytes / status.total_bytes, 1.0), f"{done:.1f} of {total:.1f} MB"
