"""Take away: everything of a run as files, in one place. Each is made when its button is pressed."""

from collections.abc import Callable, Sequence

import streamlit as st

from normlab import export
from normlab.app.lab.panels import pictures
from normlab.app.shell.figure import waiting
from normlab.images import is_there
from normlab.store import Run

_NETWORK = (
    "The last epoch's weights, with BatchNorm's memory, and this network and recipe as a script without normlab. Save "
    "both in one folder and load them with:"
)
_NOTEBOOK = "Repeats exactly this run, compares the result with the record, and draws its charts. Needs normlab."


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw the buttons; what a run that has not ended cannot give is grayed out, and a sentence says why."""
    has_ended = bool(run.snapshot_epochs())
    note = st.empty()
    if not has_ended:
        note.info(waiting(run, "Weights and predictions"), icon=":material/hourglass_empty:")
    if run.epochs:
        st.markdown("**Figures**")
        pictures.show(run, [other for other in pinned if other.run_id != run.run_id and other.epochs])
    numbers, network = st.columns(2, gap="large")
    with numbers:
        _numbers(run, has_ended=has_ended)
    with network:
        st.markdown("**Network**")
        st.caption(_NETWORK)
        st.code(export.loading_code(run), language="python")
        with st.container(horizontal=True):
            _file("Weights", run, ".safetensors", export.weights_file, "application/octet-stream", there=has_ended)
            _file("Script", run, ".py", lambda run: export.pytorch_code(run.config), "text/x-python")


def _numbers(run: Run, *, has_ended: bool) -> None:
    st.markdown("**Numbers, as CSV**")
    st.caption("Losses in nats, accuracies and shares in percent. Layers: every channel, before and after each norm.")
    can_predict = has_ended and is_there(run.config.data.dataset)
    with st.container(horizontal=True):
        _file("Epochs", run, "_epochs.csv", export.log_csv, "text/csv")
        _file("Steps", run, "_steps.csv", export.steps_csv, "text/csv")
        _file("Layers", run, "_layers.csv", export.layers_csv, "text/csv")
        _file("Predictions", run, "_predictions.csv", export.predictions_csv, "text/csv", there=can_predict)
    st.markdown("**Notebook**")
    st.caption(_NOTEBOOK)
    _file("Notebook", run, ".ipynb", export.notebook, "application/x-ipynb+json", there=has_ended)


def _file(
    label: str, run: Run, ending: str, make: Callable[[Run], str | bytes], mime: str, *, there: bool = True
) -> None:
    st.download_button(
        label,
        lambda: make(run),
        file_name=export.file_name(run, ending),
        mime=mime,
        on_click="ignore",
        icon=":material/download:",
        key=f"take-{label.lower()}",
        disabled=not there,
    )
