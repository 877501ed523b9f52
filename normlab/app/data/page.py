"""Data and storage: which data sets are here and how to get the others, and where runs are kept."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab import images
from normlab.app.shell import address, cached, fetching, library, links, page, tables
from normlab.app.shell.library import Entry
from normlab.app.shell.page import Page
from normlab.app.shell.words import plain, word
from normlab.choices import Dataset
from normlab.record import Status
from normlab.titles import title

_SPACE = (
    "Runs trained here and folders set aside. When full, set-aside folders are deleted first, then the least recently "
    "viewed runs."
)


def _draw() -> None:
    st.title("Data & storage", anchor=False)
    page.complain()
    st.header("Data sets", anchor=False)
    for column, dataset in zip(st.columns(len(Dataset)), Dataset, strict=True):
        with column.container(border=True, height="stretch"):
            _dataset(dataset)
    st.caption(f"Downloads are kept in {plain(str(images.data_folder()))}; set `NORMLAB_DATA` to use another folder.")
    st.header("Runs", anchor=False)
    if problem := cached.problem():
        st.error(plain(problem), icon=":material/hard_drive:")
    else:
        _runs()


def _space(used: int) -> str:
    limit = cached.limits().store_megabytes
    megabytes = f"{used / 1e6:,.{1 if used < 1e7 else 0}f}"
    return f"{megabytes} of {limit:,} MB" if limit else f"{megabytes} MB"


def _dataset(dataset: Dataset) -> None:
    spec, here = dataset.spec, images.is_there(dataset)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(word(dataset), width="content", anchor=False)
        st.badge("available" if here else "not available", color="green" if here else "gray")
    st.markdown(spec.about)
    st.markdown(f"{spec.training:,} training, {spec.validation:,} validation and {spec.test:,} test images")
    st.caption(spec.credit)
    if not here and not cached.problem():
        fetching.show(dataset)


def _runs() -> None:
    store = cached.store()
    if store.notice:
        st.warning(plain(store.notice, 400), icon=":material/hard_drive:")
    entries = library.entries()
    finished = [entry for entry in entries if entry.status is Status.FINISHED]
    shipped = sum(entry.shipped for entry in finished)
    with st.grid(min_column_width=260 if address.is_large() else 230):
        st.metric(
            "Runs that ship", f"{shipped:,}", help="Finished runs that came with normlab; they are never changed."
        )
        st.metric("Trained here", f"{len(finished) - shipped:,}", help="Finished runs in the folder below.")
        st.metric("Space used", _space(store.used_bytes()), help=_SPACE)
    st.markdown("Runs trained here are kept in this folder; set `NORMLAB_STORE` to use another.")
    st.code(str(store.root), language=None)
    st.caption(
        "A hosted app's disk is temporary: live runs may disappear when the app sleeps. Links to a configuration keep "
        "working: its run can be trained again."
    )
    if own := [entry for entry in entries if not entry.shipped]:
        _own(own)
    if aside := store.set_aside():
        st.subheader("Set aside", anchor=False)
        st.caption("Run folders that could not be trusted: not shown, but nothing in them was deleted.")
        tables.show(
            "set-aside",
            pd.DataFrame([(item.folder, item.reason, item.when) for item in aside], columns=["Folder", "Why", "When"]),
            alt=f"{len(aside)} run folders that were set aside, why and when.",
            columns={},
        )


_SHOWN = 200
"""Rows of a class' store that a page still carries easily."""


def _own(entries: Sequence[Entry]) -> None:
    """The runs of this installation, the newest first, each with a way into the lab."""
    newest = sorted(entries, key=lambda entry: entry.started, reverse=True)[:_SHOWN]
    tables.show(
        "own-runs",
        pd.DataFrame(
            {
                "run": [title(entry.config) for entry in newest],
                "ended": ["diverged" if entry.status is Status.DIVERGED else "finished" for entry in newest],
                "accuracy": [None if entry.test_accuracy is None else 100 * entry.test_accuracy for entry in newest],
                "started": [entry.started[:16].replace("T", " ") for entry in newest],
                "open": [links.to_lab(entry.config) for entry in newest],
            }
        ),
        alt=f"The newest {len(newest)} runs that were trained here, with links into the lab.",
        columns={
            "run": st.column_config.TextColumn("Run that ended here"),
            "ended": st.column_config.TextColumn("Ended"),
            "accuracy": st.column_config.NumberColumn("Test acc. %", format="%.2f"),
            "started": st.column_config.TextColumn("Started (UTC)"),
            "open": st.column_config.LinkColumn("Lab", display_text="open", help="Opens the run in the lab."),
        },
        height="content" if len(newest) <= 20 else 520,
    )


PAGE = Page("data", "Data & storage", ":material/database:", _draw)
