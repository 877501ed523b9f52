"""`normlab study` and `normlab evaluate`."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from normlab.choices import Norm
from normlab.cli import study_mechanisms, study_train
from normlab.config import RunConfig
from normlab.engine.sweep import Outcome
from normlab.identity import run_id
from normlab.record import Status
from normlab.store import Store
from normlab.study.plan import grids, mechanisms
from normlab.study.plan.grids import Part
from normlab.training.execute import execute

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--train-size", "64", "--epochs", "1")


@pytest.fixture(autouse=True)
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "data"))


TINY = Part(
    "tiny",
    "Two norms on 64 digits",
    {"train_size": 64, "epochs": 1, "l1_scope": "weights"},
    seeds=(0, 1),
    norms=((), (Norm.BN,)),
    penalties=("none", "l1"),
    l1=(1e-4, 1e-3),
    tuning_seeds=(100,),
)


def test_the_study_trains_what_remains_and_ships_a_state_that_verifies(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grids, "PARTS", (TINY,))
    monkeypatch.setattr(grids, "BY_NAME", {"tiny": TINY})
    monkeypatch.setattr(grids, "LADDER", TINY.l1)
    (tmp_path / "shipped").mkdir()
    code, out, _ = run("study", "--status")
    assert code == 0
    assert "0 of 8" in out
    assert "to be chosen" in out

    left = 9

    def train(configs: Iterable[RunConfig], place: Store) -> Iterator[Outcome]:
        """In this process, and interrupted after a while."""
        nonlocal left
        for config in configs:
            is_reused = place.status(run_id(config)) is not None
            if not is_reused:
                if left == 0:
                    raise KeyboardInterrupt
                left -= 1
                execute(config, place, stop=lambda: False)
            yield Outcome(config, Status.FINISHED, is_reused)

    monkeypatch.setattr(study_train, "carry_out", train)
    assert run("study", "train")[0] == 130
    told = json.loads(run("study", "--json")[1])
    assert len(told["parts"][0]["shipped"]) == 3, "six runs chose λ, three have shipped"
    assert list(told["results_sha256"]) == ["results/tuned.json"]
    assert run("verify")[0] == 0, "what ships is whole at any time"

    left = 99
    code, out, err = run("study", "train", "tiny")
    assert code == 0
    assert out.startswith("8 runs are in")
    assert "1 of 5" in err
    assert "remain" in err
    status = run("study", "--status")[1]
    assert "8 of 8" in status
    assert "0, 1" in status
    shipped = Store(tmp_path / "none", tmp_path / "shipped")
    kept = [bool(found.steps) for item in shipped.list() if (found := shipped.read(item.run_id))]
    assert sorted(kept) == [False] * 4 + [True] * 4, "one seed of each arm keeps its history"
    assert run("verify")[0] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("study train nothing", "There is no 'nothing' to train"),
        ("study mechanisms nothing", "There is no 'nothing' to mechanisms"),
        ("study mechanisms --quick", "--quick is for mechanisms, with --into"),
        ("study dance", "invalid choice: 'dance'"),
    ],
)
def test_the_study_refuses_what_it_does_not_know(run: Run, tmp_path: Path, words: str, sentence: str) -> None:
    (tmp_path / "shipped").mkdir()
    code, out, err = run(*words.split())
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_stored_network_is_evaluated_with_any_statistics(run: Run) -> None:
    told = json.loads(run("train", *QUICK, "--bn-modes", "--json")[1])
    found = json.loads(run("evaluate", told["run_id"], "--json")[1])
    assert set(found["scores"]) == {"running", "batch", "reestimated"}
    assert found["scores"]["running"]["accuracy"] == pytest.approx(told["test_accuracy"], abs=2e-3)
    assert set(found["mismatch"]) == {f"block{number}" for number in range(1, 7)}
    shown = json.loads(run("show", told["run_id"], "--json")[1])["epochs"][-1]
    assert shown["test_batch"]["accuracy"] == pytest.approx(found["scores"]["batch"]["accuracy"], abs=2e-3)
    only = json.loads(run("evaluate", told["run_id"], "--bn", "reestimated", "--augmented", "--json")[1])
    assert list(only["scores"]) == ["reestimated"]
    assert only["is_augmented"]
    assert "ratio of std" in run("evaluate", told["run_id"])[1]
    code, _, err = run("evaluate", told["run_id"], "--bn", "batch", "--augmented")
    assert code == 2
    assert "--augmented is for re-estimated statistics" in err
    other = json.loads(run("train", *QUICK, "--norm", "none", "--json")[1])
    assert "This network has no BatchNorm" in run("evaluate", other["run_id"])[1]


@pytest.mark.slow
def test_measurements_run_side_by_side_and_are_not_repeated(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"dataset": "digits", "train_size": 300, "epochs": 2, "batch_size": 10, "validation": True}
    monkeypatch.setattr(mechanisms, "_BASE", {**mechanisms._BASE, **small})
    monkeypatch.setattr(mechanisms, "QUICK", {})
    words = ("study", "mechanisms", "base", "group-norm", "--quick", "--into", str(tmp_path / "shelf"))
    monkeypatch.setattr(study_mechanisms, "crew", lambda size: ThreadPoolExecutor(1))
    code, out, err = run(*words)
    assert code == 0
    assert "2 of 2" in err
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["base", "group-norm"]
    again = run(*words)
    assert again[2] == ""
    assert again[1] == out
