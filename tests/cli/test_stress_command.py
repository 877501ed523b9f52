"""`normlab stress` and `normlab rebuild stress`."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from store_kit import SMALL, write

import normlab
from normlab.choices import Norm
from normlab.cli import bench_stress, rebuild_stress
from normlab.config import RunConfig
from normlab.presets import SINGLE_NORMS
from normlab.settings import changed
from normlab.store import Store, write_manifest
from normlab.stresses import SETTINGS, Stress, sweeps, table
from normlab.study.results.result_files import RESULTS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def name(tmp_path: Path) -> str:
    return write(Store(tmp_path / "runs")).name


def test_a_stored_network_is_put_under_stress(run: Run, name: str) -> None:
    told = json.loads(run("stress", name, "--contrast", "0,3", "--statistics", "batch", "--json")[1])
    found = Store.open().read(name)
    assert found is not None
    outcome = normlab.stress(found, contrast=0.3, statistics="batch")
    assert told["run_id"] == name
    assert told["stressed"]["accuracy"] == pytest.approx(outcome.score.accuracy)
    assert told["as_trained"]["accuracy"] == pytest.approx(normlab.stress(found).score.accuracy)
    assert told["changed"] == outcome.changed_from(normlab.stress(found))
    assert told["images"] == 800
    assert told["sample"] == "all 800 test images"
    assert told["stress"].keys() == SETTINGS.keys()
    assert Stress(**told["stress"]) == Stress(contrast=0.3, statistics="batch")
    assert told["image"] is None


def test_a_person_reads_what_was_done_and_what_changed(run: Run, name: str) -> None:
    code, out, _ = run("stress", name[:8], "--weight-scale", "0.5", "--repaired")
    assert code == 0
    assert "BN · dropout 0.05 · digits · epochs 3 · seed 0" in out
    assert "what is done: weight_scale=0.5, repaired=true" in out
    assert re.search(r"^as trained +\d+\.\d\d %", out, re.MULTILINE)
    assert re.search(r"^\d+ of 800 answers changed\.$", out, re.MULTILINE)
    assert "what is done: nothing" in run("stress", name)[1]


def test_one_image_among_others_is_told_by_itself(run: Run, name: str) -> None:
    words = ("stress", name, "--composition", "among", "--image", "17", "--neighbors", "3", "--statistics", "batch")
    told = json.loads(run(*words, "--json")[1])
    assert told["images"] == 32
    assert told["image"]["number"] == 17
    assert sum(told["image"]["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert "Image 17, a " in run(*words)[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--contrast", "nan"), "contrast=nan must be a number from 0 to 10."),
        (("--contrast", "11"), "contrast=11.0 must be a number from 0 to 10."),
        (("--test-batch", "801"), "test_batch=801 must be a whole number from 1 to 256."),
        (("--statistics", "mine"), "statistics=mine is not known; choose one of running, batch, reestimated."),
        (("--composition", "among", "--test-batch", "256"), "test_batch=256 needs 255 neighbors, and there are "),
        (("--epoch", "7"), "has no network of epoch 7; kept are 0, 1, 2, 3."),
        (("--table",), "--table measures all of it by itself: leave the run and its settings away."),
    ],
)
def test_bad_input_is_one_sentence(run: Run, name: str, words: tuple[str, ...], sentence: str) -> None:
    code, out, err = run("stress", name, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_what_a_network_lacks_is_one_sentence(run: Run, tmp_path: Path) -> None:
    other = write(Store(tmp_path / "runs"), changed(SMALL, {"norms": (Norm.LN,), "dropout": 0})).name
    assert "statistics=batch needs a norm that remembers" in run("stress", other, "--statistics", "batch")[2]
    assert "test_dropout=true needs a network with dropout" in run("stress", other, "--test-dropout")[2]


def test_no_run_and_a_damaged_run_are_one_sentence(run: Run, tmp_path: Path, name: str) -> None:
    assert "Name the run whose network is meant" in run("stress")[2]
    assert "There is no run whose id starts with 'x'" in run("stress", "x")[2]
    (tmp_path / "runs" / name / "tensors.safetensors").write_text("")
    code, out, err = run("stress", name)
    assert (code, out) == (2, "")
    assert "tensors.safetensors is not the file that was recorded" in err


def test_a_rebuild_measures_what_ships_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = tmp_path / "shipped"
    configs = [changed(SMALL, {"norms": norms}) for norms in ((), (Norm.BN,))]
    for config in configs:
        write(Store(shelf), config)
    write_manifest(shelf)
    monkeypatch.setattr(sweeps, "configs", lambda: configs)
    monkeypatch.setattr(sweeps, "STOPS", {slider: stops[-1:] for slider, stops in sweeps.STOPS.items()})
    monkeypatch.setattr(rebuild_stress, "crew", InThisProcess)
    code, out, err = run("rebuild", "stress")
    assert code == 0
    assert "2 of 2: " in err
    assert out.startswith("2 networks are measured in ")
    assert sorted(path.name for path in (shelf / RESULTS / sweeps.FOLDER).iterdir()) == [
        "bn-seed0.json",
        "none-seed0.json",
    ]
    assert " of " not in run("rebuild", "stress")[2], "nothing is measured twice"


class InThisProcess:
    """A crew of one, who is here."""

    def __init__(self, size: int) -> None:
        pass

    def __enter__(self) -> "InThisProcess":
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def submit(self, work: Callable[..., object], *arguments: object) -> object:
        from concurrent.futures import Future

        done: Future[object] = Future()
        done.set_result(work(*arguments))
        return done


def test_the_bench_says_how_long_it_takes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_stress, "REPEATS", 1)
    assert "The networks that ship are not here" in run("bench", "--stress")[2]
    for norms in SINGLE_NORMS:
        write(Store(tmp_path / "shipped"), changed(RunConfig(), {"norms": norms}))
    told = json.loads(run("bench", "--stress", "--json")[1])
    what = [line["what"] for line in told]
    assert (what[0], what[-1]) == ("5 networks: contrast", "5 networks: a combination, as a page asks for it")
    assert all(line["wall_ms"] > 0 for line in told)
    assert len(run("bench", "--stress")[1].splitlines()) == len(told) + 1


def test_the_pilots_table_is_measured_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "SEEDS", range(2))
    monkeypatch.setattr(table, "QUESTIONS", table.QUESTIONS[:3])
    for config in table.configs():
        write(Store(tmp_path / "runs"), config)
    told = json.loads(run("stress", "--table", "--json")[1])
    assert [line["title"] for line in told] == [question.title for question in table.QUESTIONS]
    assert all(len(line["found"]) == 2 and isinstance(line["agrees"], bool) for line in told)
    out = run("stress", "--table")[1]
    assert out.splitlines()[0].split()[:4] == ["effect", "what", "seed", "0"]
    assert len(out.splitlines()) == 4
