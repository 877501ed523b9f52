"""A sweep through real workers on `digits`."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from engine_kit import SHORT, until

from normlab.choices import Dataset
from normlab.engine.sweep import carry_out
from normlab.grid import configurations
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GRID = """
seeds = 2
[settings]
epochs = 1
train_size = 64
[grid]
norms = ["none", "bn"]
"""


def test_a_sweep_trains_what_is_missing_with_one_thread_each_and_goes_on_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "nothing"))
    store = Store(tmp_path / "runs")
    missing = changed(SHORT, {"dataset": Dataset.MNIST, "train_size": 500})
    configs = [*configurations(GRID), missing]
    outcomes = {outcome.run_id: outcome for outcome in carry_out(configs, store, workers=2)}
    assert set(outcomes) == {run_id(config) for config in configs}
    failed = outcomes.pop(run_id(missing))
    assert failed.status is None
    assert "normlab fetch mnist" in failed.message
    for name, outcome in outcomes.items():
        assert (outcome.status, outcome.is_reused) == (Status.FINISHED, False)
        run = store.read(name)
        assert run is not None
        assert run.record is not None
        assert run.record.threads == 1
    again = list(carry_out(configs[:-1], store))
    assert all(outcome.is_reused for outcome in again)


def test_a_sweep_that_is_left_interrupts_what_trains(tmp_path: Path) -> None:
    store = Store(tmp_path)
    endless = [changed(SHORT, {"epochs": 200, "batch_size": 2, "seed": seed, "train_size": 0}) for seed in (1, 2, 3)]
    sweep = carry_out([changed(SHORT, {"seed": 4}), *endless], store, workers=1)
    assert next(sweep).status is Status.FINISHED
    sweep.close()
    assert all(store.status(run_id(config)) is not Status.RUNNING for config in endless)


def test_the_command_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    grid = tmp_path / "grid.toml"
    grid.write_text(GRID.replace("epochs = 1", "epochs = 6").replace("train_size = 64", ""))
    command = [sys.executable, "-m", "normlab.cli", "sweep", str(grid), "--json", "--workers", "1"]
    store = Store(tmp_path / "runs")
    names = [run_id(config) for config in configurations(grid.read_text())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: any(store.status(name) is Status.FINISHED for name in names))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert err.splitlines()[-1] == "normlab: Interrupted."
    finished = [name for name in names if store.status(name) is Status.FINISHED]
    assert 1 <= len(finished) < 4
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    facts = {fact["run_id"]: fact for fact in json.loads(done.stdout)}
    assert list(facts)[: len(finished)] == finished
    assert [name for name in names if facts[name]["is_reused"]] == finished
    assert {fact["status"] for fact in facts.values()} == {"finished"}
    assert "4/4" in done.stderr
