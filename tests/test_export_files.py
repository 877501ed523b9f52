"""The files of a run: tables, weights with the lines that load them, and its notebook."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import synthetic
from safetensors import safe_open
from safetensors.numpy import load

from normlab import export
from normlab.config import RunConfig
from normlab.frames import layer_epochs
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed, from_query, to_query
from normlab.store import Run, Store
from normlab.training.execute import execute
from normlab.training.model import StudyNet

SMALL = changed(RunConfig(), {"epochs": 1, "train_size": 200, "norms": ("bn", "ln"), "l2": 1e-3, "seed": 3})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was really trained."""
    store = Store(tmp_path_factory.mktemp("store"))
    execute(SMALL, store, stop=lambda: False)
    run = store.read(run_id(SMALL))
    assert run is not None
    return run


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def execute_python(code: str, folder: Path) -> str:
    path = folder / "code.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, path.name], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def cells(run: Run, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(export.notebook(run))["cells"] if cell["cell_type"] == kind]


def test_layers_as_csv_have_a_line_an_epoch_block_stage_and_channel() -> None:
    run = synthetic.run(changed(RunConfig(), {"epochs": 2, "norms": ("bn", "ln")}))
    found = rows(export.layers_csv(run))
    last = run.epochs[-1].layers[0].stages[1]
    mine = [row for row in found if (row["epoch"], row["block"], row["stage"]) == ("2", "block1", "bn")]
    assert [float(row["std"]) for row in mine] == pytest.approx(list(last.std), rel=1e-5)
    assert {row["epoch"] for row in found} == {str(epoch) for epoch in layer_epochs(run)}


def test_layers_of_a_run_that_told_nothing_are_a_header() -> None:
    run = synthetic.run(SMALL, status=Status.RUNNING, epochs=0, steps=0)
    assert export.layers_csv(run) == "epoch,block,stage,channel,mean,std,zeros\n"


def test_predictions_as_csv_give_the_runs_accuracy() -> None:
    run = synthetic.run(SMALL)
    found = rows(export.predictions_csv(run))
    assert len(found) == 800
    share = np.mean([row["true"] == row["predicted"] for row in found])
    assert share == pytest.approx(np.mean(run.snapshot(1).predicted == synthetic.true_labels(SMALL)))


def test_the_weights_have_the_networks_names_and_say_what_they_are(tmp_path: Path) -> None:
    run = synthetic.run(SMALL)
    content = export.weights_file(run)
    arrays = load(content)
    assert set(arrays) == set(StudyNet(SMALL.model).state_dict())
    for name, array in run.snapshot(1).weights.items():
        assert np.array_equal(arrays[name], array)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with safe_open(path, framework="numpy") as file:
        about = file.metadata()
    assert about["run"] == run.run_id
    settings = dict(pair.split("=") for pair in about["settings"].split())
    assert from_query(settings) == (SMALL, [])


def test_weights_of_a_run_that_has_not_ended_are_refused() -> None:
    with pytest.raises(KeyError, match="has not ended"):
        export.weights_file(synthetic.run(SMALL, status=Status.RUNNING, epochs=1))


@pytest.mark.slow
def test_the_loading_lines_load_the_trained_network(trained: Run, tmp_path: Path) -> None:
    (tmp_path / export.file_name(trained, ".py")).write_text(export.pytorch_code(trained.config), encoding="utf-8")
    (tmp_path / export.file_name(trained, ".safetensors")).write_bytes(export.weights_file(trained))
    assert trained.record is not None
    told = execute_python(export.loading_code(trained), tmp_path)
    assert trained.record.test_accuracy is not None
    found = float(told.removeprefix("test accuracy ").removesuffix("%\n"))
    assert found == pytest.approx(100 * trained.record.test_accuracy, abs=0.13)  # one image of 800


@pytest.mark.slow
def test_the_notebook_trains_exactly_this_run(trained: Run, tmp_path: Path) -> None:
    assert trained.record is not None
    told = execute_python("\n".join(cells(trained, "code")), tmp_path)
    accuracy = f"{trained.record.test_accuracy:.2%}"
    assert f"test accuracy: recorded {accuracy}, now {accuracy}" in told


@pytest.mark.parametrize("settings", [{}, to_query(SMALL), {"epochs": "2", "norms": "none", "augmentation": "study"}])
def test_the_notebook_is_valid_and_names_its_run(settings: dict[str, str]) -> None:
    config, _ = from_query(settings)
    run = synthetic.run(config)
    read: Any = nbformat.reads(export.notebook(run), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(read)  # type: ignore[no-untyped-call]
    assert run.run_id in cells(run, "markdown")[0]
    for code in cells(run, "code"):
        compile(code, "cell", "exec")


def test_the_notebook_of_a_run_without_an_end_compares_nothing() -> None:
    run = synthetic.run(changed(SMALL, {"epochs": 4}), status=Status.INTERRUPTED, epochs=2)
    assert not any("recorded" in code for code in cells(run, "code"))
