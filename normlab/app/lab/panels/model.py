"""Model: the network as a table, and as PyTorch code that runs by itself. Its drawing stands at the top of the lab."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab.app.shell import tables
from normlab.choices import Trainable
from normlab.config import ModelConfig
from normlab.describe import layer_table, learning_count, norm_label, parameter_count
from normlab.export import pytorch_code
from normlab.store import Run

_HEIGHT = 700


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw the network of the run's configuration; nothing here depends on its training."""
    model = run.config.model
    left, right = st.columns(2, gap="large")
    with left:
        table(model, run.config.optim.trainable)
    with right:
        _code(run)


def table(model: ModelConfig, trainable: Trainable = Trainable.ALL) -> None:
    """Every layer with its output shape and parameters."""
    rows = layer_table(model)
    total = parameter_count(model)
    frame = pd.DataFrame(
        [(row.name, row.layer, " × ".join(map(str, row.shape)), row.parameters) for row in rows],
        columns=["name", "layer", "shape", "parameters"],
    )
    st.markdown("**Layers**")
    st.caption(
        f"{total:,} parameters in {sum(row.parameters > 0 for row in rows)} trainable layers ({norm_label(model)})."
        + (f" {learning_count(model, trainable):,} of them learn." if trainable is not Trainable.ALL else "")
    )
    tables.show(
        "layers",
        pd.concat([frame, pd.DataFrame([("", "Total", "", total)], columns=frame.columns)], ignore_index=True),
        height=_HEIGHT,
        alt=f"Layer table: {len(rows)} layers, {total:,} parameters in all.",
        columns={
            "name": st.column_config.TextColumn("Name", width=110),
            "layer": st.column_config.TextColumn("Layer"),
            "shape": st.column_config.TextColumn(
                "Output shape", width=95, help="Channels × height × width, for one image"
            ),
            "parameters": st.column_config.NumberColumn("Parameters", width=85, format="localized"),
        },
    )


def _code(run: Run) -> None:
    code = pytorch_code(run.config)
    st.markdown("**The same in PyTorch**")
    file = " Download it under *Take away*." if run.epochs else ""
    st.caption(f"This network and its training as one script that does not need normlab.{file}")
    st.code(code, language="python", height=_HEIGHT)
