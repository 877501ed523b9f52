"""`normlab verify` and `normlab rebuild`: what ships can be recomputed, and whatever differs is found."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load_file, save_file

from normlab.choices import Dataset
from normlab.cli import sweep
from normlab.cli.commands import run as main
from normlab.config import RunConfig
from normlab.engine.sweep import Outcome
from normlab.generation import GENERATION, difference
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import FolderBox, Run, Store, read_manifest, ship, write_manifest
from normlab.store.layout import sha256
from normlab.store.shipping import MANIFEST
from normlab.study.plan import digits
from normlab.titles import title
from normlab.training.execute import execute
from normlab.training.machine import here

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
        ship(FolderBox(store.root / run_id(config)), root / "shipped", history=False)
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
    manifest = json.loads((folder.parent / MANIFEST).read_text())
    line = next(line for line in manifest["runs"] if line["run_id"] == folder.name)
    line["record_sha256"] = sha256((folder / "record.json").read_bytes())
    (folder.parent / MANIFEST).write_text(json.dumps(manifest))


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
    assert verdicts[BN] == ("failed", "it is in the manifest, but not here")


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
    assert verdicts[BN] == ("failed", "it is here, but the manifest does not name it")


def test_another_record_than_the_manifests_fails(verify: Verify, shelf: Path) -> None:
    record = json.loads((shelf / BN / "record.json").read_text())
    (shelf / BN / "record.json").write_text(json.dumps({**record, "machine": "a better one"}))
    code, verdicts = verify()
    assert code == 1
    assert "not the one that the manifest names" in verdicts[BN][1]


@pytest.mark.parametrize("kind", ["pipe", "device", "sparse", "missing"])
def test_a_record_that_is_no_file_fails(verify: Verify, shelf: Path, kind: str) -> None:
    record = shelf / BN / "record.json"
    record.unlink()
    if kind == "pipe":
        os.mkfifo(record)
    elif kind == "device":
        record.symlink_to("/dev/zero")
    elif kind == "sparse":
        record.touch()
        os.truncate(record, 1 << 40)
    code, results = verify()
    assert code == 1
    assert results[BN][0] == "failed"
    assert results[BN][1].startswith("it is in the manifest, but not here" if kind == "missing" else "record.json ")


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
    assert "tensors.safetensors lacks 2/weights/head.weight" in verdicts[BN][1]


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
    monkeypatch.setattr(digits, "lesson", lambda: CONFIGS)
    monkeypatch.setattr(digits, "races", list)
    monkeypatch.setattr("normlab.lessons.shipped", list)
    monkeypatch.setattr(digits, "page", lambda opening: [])
    monkeypatch.setattr(digits, "SHOWN", ())
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


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lesson is two runs, of which one has shipped, without the history that it is to have."""
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    monkeypatch.setattr(digits, "lesson", lambda: CONFIGS)
    monkeypatch.setattr(digits, "races", list)
    monkeypatch.setattr("normlab.lessons.shipped", list)
    monkeypatch.setattr(digits, "page", lambda opening: [])
    monkeypatch.setattr(digits, "SHOWN", ())
    monkeypatch.setattr(digits, "pairs", lambda seed: CONFIGS[:1])
    put(tmp_path / "new", CONFIGS[0])
    return tmp_path / "new"


def put(shelf: Path, config: RunConfig, **origin: object) -> None:
    """Train the run and ship it, as if it were of another origin."""
    workshop = Store(shelf.parent / "elsewhere")
    assert execute(config, workshop, stop=lambda: False, again=True) is not None
    ship(FolderBox(workshop.root / run_id(config)), shelf, history=False)
    forge(shelf / run_id(config), **origin)


def forge(folder: Path, **origin: object) -> None:
    path = folder / "record.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **origin}))


def shipped(shelf: Path, config: RunConfig) -> Run:
    run = Store(shelf.parent / "none", shelf).read(run_id(config))
    assert run is not None
    return run


def attempts(shelf: Path) -> list[str]:
    return [run.record.attempt for config in CONFIGS if (run := shipped(shelf, config)).record]


def test_rebuild_can_leave_what_ships_already(lesson: Path) -> None:
    before = shipped(lesson, CONFIGS[0])
    assert not before.steps
    assert main(["rebuild", "--missing", "--into", str(lesson)]) == 0
    first, second = (shipped(lesson, config) for config in CONFIGS)
    assert first.steps, "it stands for its arm, and its history was nowhere: it was trained anew"
    assert first.epochs[-1].test == before.epochs[-1].test
    assert not second.steps
    ended = attempts(lesson)
    assert main(["rebuild", "--missing", "--into", str(lesson)]) == 0
    assert attempts(lesson) == ended


@pytest.mark.slow
@pytest.mark.parametrize("origin", [{"generation": 0}, {"processor": "haswell avx2"}], ids=str)
def test_rebuild_trains_again_what_is_of_another_origin(lesson: Path, origin: dict[str, object]) -> None:
    put(lesson, CONFIGS[1], **origin)
    before = attempts(lesson)
    assert main(["rebuild", "--generation", "lesson", "--into", str(lesson)]) == 0
    after = attempts(lesson)
    assert after[1] != before[1]
    for config in CONFIGS:
        record = shipped(lesson, config).record
        assert record is not None
        assert difference(record, here()) == ""
    assert main(["rebuild", "--generation", "--into", str(lesson)]) == 0
    assert attempts(lesson) == after


@pytest.mark.slow
def test_rebuild_goes_on_only_with_what_is_of_this_origin(lesson: Path, tmp_path: Path) -> None:
    """A workshop that was begun with older code, or copied from another machine."""
    workshop = tmp_path / "runs" / "rebuild"
    put(workshop, CONFIGS[1], processor="haswell avx2")
    assert main(["rebuild", "--missing", "--into", str(lesson)]) == 0
    record = shipped(lesson, CONFIGS[1]).record
    assert record is not None
    assert record.processor == here().processor
    assert "the processor haswell is not" in Store(workshop).set_aside()[0].reason


def test_a_part_is_of_one_kind_of_machine(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(lesson / BN, processor="haswell avx2")
    assert main(["rebuild", "--missing", "--into", str(lesson)]) != 0
    told = capsys.readouterr().err
    assert "The part lesson holds runs of another kind of machine (the processor haswell is not" in told
    assert "normlab rebuild --generation lesson" in told


def test_a_part_with_a_run_that_fails_is_not_replaced(
    lesson: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for config in CONFIGS:
        put(lesson, config, generation=0)
    before = attempts(lesson)

    def one_fails(configs: list[RunConfig], store: Store, **_: object) -> Iterator[Outcome]:
        for config in configs[:1]:
            execute(config, store, stop=lambda: False)
            yield Outcome(config, Status.FINISHED)
        for config in configs[1:]:
            yield Outcome(config, None, message="The disk is full.")

    monkeypatch.setattr(sweep, "carry_out", one_fails)
    assert main(["rebuild", "--generation", "lesson", "--into", str(lesson)]) == 1
    assert attempts(lesson) == before
    assert "The part lesson stays as it is" in capsys.readouterr().err


def test_retraining_compares_bit_for_bit(verify: Verify) -> None:
    code, verdicts = verify("--retrain", "1", BN)
    assert code == 0
    assert verdicts[BN] == ("verified", f"{title(CONFIGS[0])}: trained anew, it comes again bit for bit")
    assert len(verify("--retrain", "1")[1]) == 1, "one of the two that ship"


def test_a_run_that_does_not_come_again_fails(verify: Verify, shelf: Path) -> None:
    def by_a_digit(tensors: Tensors) -> None:
        name = next(name for name in tensors if name.endswith("weights/head.weight"))
        tensors[name] = np.nextafter(tensors[name], np.float32(9))

    rewrite(shelf / BN, by_a_digit)
    code, verdicts = verify("--retrain", "1", BN)
    assert code == 1
    assert verdicts[BN] == ("failed", f"{title(CONFIGS[0])}: trained anew, the last weights head.weight differ")


def test_what_cannot_be_compared_bit_for_bit_says_why(verify: Verify, shelf: Path) -> None:
    forge(shelf / BN, generation=0)
    code, verdicts = verify("--retrain", "1", BN)
    assert code == 1
    assert verdicts[BN][0] == "skipped"
    assert f"cannot be compared: generation 0 is not generation {GENERATION}" in verdicts[BN][1]
    code, verdicts = verify("--retrain", "5")
    assert code == 0
    reason = f"1 runs: cannot be compared: generation 0 is not generation {GENERATION}"
    assert verdicts["-"] == ("skipped", reason)
