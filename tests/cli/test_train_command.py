"""`normlab train`: what it prints, keeps, and refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from normlab.choices import Dataset
from normlab.cli.commands import parser
from normlab.cli.options import config_from
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.presets import PRESETS
from normlab.record import Status
from normlab.settings import SETTINGS, changed, to_toml
from normlab.store import Store

Run = Callable[..., tuple[int, str, str]]


QUICK = ("--train-size", "64", "--epochs", "1")


def test_train_ends_with_a_json_object_and_keeps_the_run(run: Run, tmp_path: Path) -> None:
    words = "train --dataset digits --norm bn --dropout 0.05 --l2 1e-4 --train-size 64 --epochs 2 --seed 0 --json"
    code, out, err = run(*words.split())
    assert code == 0
    told = json.loads(out)
    config = changed(RunConfig(), {"l2": 1e-4, "train_size": 64, "epochs": 2})
    assert told["run_id"] == run_id(config)
    assert 0.0 <= told["test_accuracy"] <= 1.0
    assert (told["status"], told["is_reused"]) == ("finished", False)
    found = Store(tmp_path / "runs").read(run_id(config))
    assert found is not None
    assert found.record is not None
    assert found.record.test_accuracy == pytest.approx(told["test_accuracy"], rel=1e-5)
    assert "epoch   1" in err
    assert "test accuracy" in err


def test_an_equal_run_is_reused_unless_it_is_wanted_again(run: Run) -> None:
    run("train", *QUICK)
    code, out, _ = run("train", *QUICK)
    assert code == 0
    assert "its result is reused (--again trains it anew)" in out
    assert json.loads(run("train", *QUICK, "--json")[1])["is_reused"]
    code, out, _ = run("train", *QUICK, "--again")
    assert code == 0
    assert "its result is reused" not in out


def test_a_diverged_run_says_so(run: Run) -> None:
    words = "train --train-size 64 --lr 10 --l2 0.5 --schedule constant --epochs 60 --json"
    code, out, err = run(*words.split())
    assert code == 0
    assert json.loads(out)["status"] == "diverged"
    assert "The run diverged." in err


def test_a_file_with_settings_is_read_and_flags_go_before_it(run: Run, tmp_path: Path) -> None:
    config = changed(RunConfig(), {"train_size": 64, "epochs": 1, "norms": ("ln",), "seed": 4})
    (tmp_path / "run.toml").write_text(to_toml(config))
    assert json.loads(run("train", "--config", str(tmp_path / "run.toml"), "--json")[1])["run_id"] == run_id(config)
    told = json.loads(run("train", "--config", str(tmp_path / "run.toml"), "--seed", "5", "--json")[1])
    assert told["run_id"] == run_id(changed(config, {"seed": 5}))


def chosen(*words: str) -> RunConfig:
    from normlab.cli.commands import parser

    return config_from(parser().parse_args(["train", *words]))


def test_every_setting_has_an_option(run: Run) -> None:
    text = run("train", "--help")[1]
    for name, setting in SETTINGS.items():
        assert f"--{name.replace('_', '-')}" in text
        if setting.kind is bool:
            assert f"--no-{name.replace('_', '-')}" in text


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ("--norm bn+gn --groups 1", {"norms": ("bn", "gn"), "groups": 1}),
        ("--norms bn --norms ln", {"norms": ("bn", "ln")}),
        ("--norm none --no-validation", {"norms": (), "validation": False}),
        ("--study-exact --validation", {"study_exact": True}),
        ("--l1 1e-3 --l1-step proximal --l1-scope weights", {"l1": 1e-3, "l1_step": "proximal", "l1_scope": "weights"}),
        ("--dataset mnist", {"dataset": "mnist", **Dataset.MNIST.spec.recipe}),
        ("--dataset mnist --epochs 1 --lr 0.5", {"dataset": "mnist", "batch_size": 128, "epochs": 1, "lr": 0.5}),
        ("--preset batchnorm", {}),
        ("--preset LayerNorm --seed 3", {**PRESETS[2].settings, "seed": 3}),
    ],
)
def test_options_make_a_configuration(words: str, settings: dict[str, Any]) -> None:
    assert chosen(*words.split()) == changed(RunConfig(), settings)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train --dropout 2", "dropout=2.0 must be a number from 0 to 0.9."),
        ("train --epochs two", "epochs=two must be a whole number from 1 to 200."),
        ("train --norm bn+xx", "norms=xx is not known; choose one of bn, ln, rms, gn, in."),
        ("train --dataset cifar", "dataset=cifar is not known"),
        ("train --norm gn --groups 4", "groups=4 must divide the channels"),
        ("train --config nowhere.toml", "nowhere.toml cannot be read"),
        ("train --preset nothing", "There is no preset 'nothing'; choose one of"),
        ("train --preset Study", "There is no preset 'Study'"),
        ("train --colour red", "unrecognized arguments: --colour red"),
        ("train --epochs", "expected one argument"),
        ("train --config a --preset b", "not allowed with"),
        ("show zzz", "There is no run whose id starts with 'zzz'"),
        ("verify zzz", "There is no run whose id starts with 'zzz'"),
        ("sweep nowhere.toml", "nowhere.toml cannot be read"),
        ("sweep grid.toml --workers 0", "--workers: 0 must be a whole number from 1 to 64"),
        ("sweep grid.toml --workers 1,5", "--workers: 1,5 must be a whole number from 1 to 64"),
        ("sweep grid.toml --workers ٣", "--workers: ٣ must be a whole number"),
        (f"sweep grid.toml --workers {'9' * 5_000}", f"--workers: {'9' * 40}… must be a whole number"),
        ("prepare lesson.toml --port 65536", "--port: 65536 must be a whole number from 1 to 65,535"),
        ("prepare lesson.toml --port ssh", "--port: ssh must be a whole number"),
        ("verify --retrain 0", "--retrain: 0 must be a whole number from 1 to 10,000"),
        ("verify --retrain=-2", "--retrain: -2 must be a whole number"),
        ("fetch cifar", "There is no data set 'cifar'"),
        ("dance", "invalid choice: 'dance'"),
        ("", "required: COMMAND"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(run: Run, words: str, sentence: str) -> None:
    code, out, err = run(*words.split())
    assert code == 2
    assert out == ""
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("normlab")


@pytest.mark.parametrize(("typed", "number"), [("12", 12), ("+12", 12), ("1.2e1", None), ("6e1", 60), ("１２", 12)])
@pytest.mark.parametrize("words", ["sweep a.toml --workers", "prepare a.toml --port", "verify --retrain"])
def test_numbers_are_read_as_everywhere(words: str, typed: str, number: int | None) -> None:
    if number is None:
        with pytest.raises(SystemExit):
            parser().parse_args([*words.split(), typed])
    else:
        options = vars(parser().parse_args([*words.split(), typed]))
        assert options[words.rpartition("--")[2]] == number


@pytest.mark.parametrize("text", ["lr = ", "dance = 1", "schema = 99", "lr = 'high'"])
def test_a_bad_file_is_one_sentence(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "run.toml").write_text(text)
    code, _, err = run("train", "--config", str(tmp_path / "run.toml"))
    assert code == 2
    assert len(err.splitlines()) == 1
    (tmp_path / "run.toml").write_bytes(b"\xff\xfe\x00")
    assert "is not a text file" in run("train", "--config", str(tmp_path / "run.toml"))[2]


def test_a_missing_data_set_is_one_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "nothing"))
    code, _, err = run("train", "--dataset", "mnist")
    assert code == 1
    assert "normlab fetch mnist" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_a_run_that_another_process_trains_is_refused(run: Run, tmp_path: Path) -> None:
    config = changed(RunConfig(), {"train_size": 64, "epochs": 1})
    with Store(tmp_path / "runs").begin(config):
        code, _, err = run("train", *QUICK)
    assert code == 1
    assert "is being trained by another process" in err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")
def test_ctrl_c_stops_cleanly_and_keeps_what_was_trained(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "normlab.cli", "train", "--epochs", "200", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        store, name = Store(tmp_path / "runs"), run_id(changed(RunConfig(), {"epochs": 200}))
        end = time.monotonic() + 60
        while not ((found := store.read(name)) and found.epochs) and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == -signal.SIGINT
    assert out == ""
    assert "is kept as interrupted." in err.splitlines()[-1]
    assert "Traceback" not in err
    assert store.status(name) is Status.INTERRUPTED


def test_ctrl_c_is_heard_where_python_loses_the_exception(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a destructor or a callback from C it is only printed."""

    def execute(*_: object, stop: Callable[[], bool], **__: object) -> None:
        assert not stop()
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)
        assert stop()

    monkeypatch.setattr("normlab.training.execute.execute", execute)
    before = signal.default_int_handler
    signal.signal(signal.SIGINT, before)  # what a shell starts in the background ignores it
    code, _, err = run("train", "--epochs", "200")
    assert code == 130
    assert "is kept as interrupted." in err.splitlines()[-1]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mnist_is_trained_from_the_command_line(run: Run) -> None:
    words = "train --dataset mnist --norm bn --train-size 2000 --epochs 2 --batch-size 32 --seed 0 --json"
    code, out, _ = run(*words.split())
    assert code == 0
    assert json.loads(out)["test_accuracy"] > 0.9
