"""`normlab verify` and `normlab rebuild`: what ships can be recomputed, and whatever differs is found."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest
from safetensors.numpy import load_file, save_file

from normlab.choices import Dataset
from normlab.cli.commands import run as main
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store, read_manifest, ship, write_manifest
from normlab.store.layout import sha256
from normlab.training.execute import execute
from normlab.training.experiments import digits_grid

CONFIGS = [changed(RunConfig(), {"epochs": 2, "train_size": 200, "norms": norms}) for norms in (("bn",), ())]
BN = run_id(CONFIGS[0])
Tensors = dict[str, "npt.NDArray[Any]"]
Verify = Callable[..., tuple[int, dict[str, tuple[str, str]]]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small runs as they ship."""
    root = tmp_path_factory.mktemp("trained")
    store = Store(root / "runs")
    for config in CONFIGS:
        assert execute(config, store, stop=lambda: False) is not None
        ship(store.root / run_id(config), root / "shipped", history=False)
    write_manifest(root / "shipped")
    return root / "shipped"


@pytest.fixture
def shelf(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(trained, tmp_path / "shipped")
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(tmp_path / "shipped"))
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    return tmp_path / "shipped"


@pytest.fixture
def verify(shelf: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Exit code, and each run's result and reason."""

    def run(*words: str) -> tuple[int, dict[str, tuple[str, str]]]:
        code = main(["verify", "--json", *words])
        verdicts = json.loads(capsys.readouterr().out)
        return code, {verdict["run_id"]: (verdict["result"], verdict["text"]) for verdict in verdicts}

    return run


def rewrite(folder: Path, change: Callable[[Tensors], None]) -> None:
    """Forge the tensors so well that every hash agrees."""
    tensors = load_file(folder / "tensors.safetensors")
    change(tensors)
    save_file(tensors, folder / "tensors.safetensors")
    record = json.loads((folder / "record.json").read_text())
    record["files"]["tensors.safetensors"] = sha256((folder / "tensors.safetensors").read_bytes())
    (folder / "record.json").write_text(json.dumps(record))
    write_manifest(folder.parent)


def test_what_ships_is_verified(verify: Verify, capsys: pytest.CaptureFixture[str]) -> None:
    code, verdicts = verify()
    assert code == 0
    assert {name: result for name, (result, _) in verdicts.items()} == {run_id(c): "verified" for c in CONFIGS}
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 verified, 0 skipped, 0 failed"


def test_runs_can_be_named(verify: Verify) -> None:
    code, verdicts = verify(BN[:8])
    assert code == 0
    assert list(verdicts) == [BN]


def test_a_missing_folder_fails(verify: Verify, shelf: Path) -> None:
    shutil.rmtree(shelf / BN)
    code, verdicts = verify()
    assert code == 1
    assert verdicts[BN] == ("failed", "it is in the manifest, but its folder is missing")


def test_a_run_trained_here_does_not_stand_in_for_one_that_ships(verify: Verify, shelf: Path, tmp_path: Path) -> None:
    shutil.copytree(shelf / BN, tmp_path / "runs" / BN)
    (shelf / BN / "tensors.safetensors").write_bytes(b"")
    code, verdicts = verify()
    assert code == 1
    assert verdicts[BN][0] == "failed"


def test_a_folder_that_the_manifest_does_not_name_fails(verify: Verify, shelf: Path) -> None:
    data = json.loads((shelf / "manifest.json").read_text())
    data["runs"] = [item for item in data["runs"] if item["run_id"] != BN]
    (shelf / "manifest.json").write_text(json.dumps(data))
    code, verdicts = verify()
    assert code == 1
    assert verdicts[BN] == ("failed", "its folder is there, but the manifest does not name it")


def test_another_record_than_the_manifests_fails(verify: Verify, shelf: Path) -> None:
    record = json.loads((shelf / BN / "record.json").read_text())
    (shelf / BN / "record.json").write_text(json.dumps({**record, "machine": "a better one"}))
    code, verdicts = verify()
    assert code == 1
    assert "not the one that the manifest names" in verdicts[BN][1]


def test_a_damaged_file_fails(verify: Verify, shelf: Path) -> None:
    path = shelf / BN / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-3])
    code, verdicts = verify()
    assert code == 1
    assert "SHA-256" in verdicts[BN][1]
    assert path.is_file(), "what ships is never moved"


def test_other_weights_fail(verify: Verify, shelf: Path) -> None:
    rewrite(shelf / BN, lambda tensors: tensors.update({"2/weights/head.weight": -tensors["2/weights/head.weight"]}))
    code, verdicts = verify()
    assert code == 1
    assert "predictions differ from the stored ones; 1 may" in verdicts[BN][1]


def drop_head(tensors: Tensors) -> None:
    del tensors["2/weights/head.weight"]


def test_weights_that_do_not_fit_fail(verify: Verify, shelf: Path) -> None:
    rewrite(shelf / BN, drop_head)
    code, verdicts = verify()
    assert code == 1
    assert "the weights do not fit the network" in verdicts[BN][1]


@pytest.mark.parametrize(("changes", "result"), [(1, "verified"), (2, "failed")])
def test_one_prediction_in_a_thousand_may_differ(verify: Verify, shelf: Path, changes: int, result: str) -> None:
    def change(tensors: Tensors) -> None:
        predicted = tensors["2/predicted"].copy()
        predicted[:changes] = (predicted[:changes] + 1) % 10
        tensors["2/predicted"] = predicted

    rewrite(shelf / BN, change)
    assert verify()[1][BN][0] == result


def test_an_invented_accuracy_fails(verify: Verify, shelf: Path) -> None:
    folder = shelf / BN
    record = json.loads((folder / "record.json").read_text())
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    lines[-2]["test"]["accuracy"] = record["test_accuracy"] = 0.999
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    record["files"]["events.jsonl"] = sha256((folder / "events.jsonl").read_bytes())
    (folder / "record.json").write_text(json.dumps(record))
    write_manifest(shelf)
    code, verdicts = verify()
    assert code == 1
    assert "the recorded test accuracy is 0.999" in verdicts[BN][1]


def test_where_the_data_set_is_not_here_a_run_is_skipped_and_nothing_verified_is_no_success(
    verify: Verify, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("normlab.images.is_there", lambda dataset: dataset is not Dataset.DIGITS)
    code, verdicts = verify()
    assert code == 1
    assert {result for result, _ in verdicts.values()} == {"skipped"}
    assert main(["verify"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 verified, 2 skipped, 0 failed: nothing was verified"


def test_an_empty_shelf_is_no_success(verify: Verify, shelf: Path) -> None:
    for folder in shelf.iterdir():
        shutil.rmtree(folder, ignore_errors=True)
    write_manifest(shelf)
    assert verify() == (1, {})


def test_a_shelf_without_a_manifest_is_one_sentence(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shelf / "manifest.json").unlink()
    assert main(["verify"]) == 1
    assert "manifest.json is missing" in capsys.readouterr().err


def test_an_interrupted_run_is_skipped(verify: Verify, tmp_path: Path) -> None:
    config = changed(CONFIGS[0], {"seed": 3})
    assert execute(config, Store(tmp_path / "runs"), stop=lambda: True) is None
    code, verdicts = verify(run_id(config))
    assert code == 1
    assert verdicts[run_id(config)][0] == "skipped"


def test_rebuild_trains_what_ships_and_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    monkeypatch.setattr(digits_grid, "configs", lambda: CONFIGS)
    assert execute(CONFIGS[0], Store(tmp_path / "runs" / "rebuild"), stop=lambda: False) is not None
    before = Store(tmp_path / "runs" / "rebuild").read(BN)
    assert main(["rebuild", "--into", str(tmp_path / "new")]) == 0
    assert "2 runs are in" in capsys.readouterr().out
    assert {entry.run_id for entry in read_manifest(tmp_path / "new")} == {run_id(config) for config in CONFIGS}
    after = Store(tmp_path / "none", tmp_path / "new").read(BN)
    assert before is not None
    assert after is not None
    assert before.record is not None
    assert after.record is not None
    assert after.record.attempt == before.record.attempt
    assert after.status is Status.FINISHED
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(tmp_path / "new"))
    assert main(["verify"]) == 0


def test_rebuild_can_leave_what_ships_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    monkeypatch.setattr(digits_grid, "configs", lambda: CONFIGS)
    monkeypatch.setattr(digits_grid, "ships_whole", lambda config: config == CONFIGS[0])
    shelf, workshop = tmp_path / "new", Store(tmp_path / "before")
    for config in CONFIGS:
        assert execute(config, workshop, stop=lambda: False) is not None
        ship(workshop.root / run_id(config), shelf, history=False)
    before = [_shipped_attempt(shelf, config) for config in CONFIGS]
    assert main(["rebuild", "--missing", "--into", str(shelf)]) == 0
    after = [_shipped_attempt(shelf, config) for config in CONFIGS]
    assert after[0] != before[0], "it is to have its history"
    assert after[1:] == before[1:]
    assert main(["rebuild", "--missing", "--into", str(shelf)]) == 0
    assert [_shipped_attempt(shelf, config) for config in CONFIGS] == after


def _shipped_attempt(shelf: Path, config: RunConfig) -> str:
    run = Store(shelf.parent / "none", shelf).read(run_id(config))
    assert run is not None
    assert run.record is not None
    return run.record.attempt
