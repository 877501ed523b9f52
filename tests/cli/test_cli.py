"""The command line: what it lists, shows, fetches and examines."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from store_kit import SMALL, write

from normlab.cli.commands import COMMANDS
from normlab.datasets import DataProblem
from normlab.download import Progress
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store

Run = Callable[..., tuple[int, str, str]]


def test_list_and_show_know_every_run(run: Run, tmp_path: Path) -> None:
    assert "There are no runs yet" in run("list")[1]
    store = Store(tmp_path / "runs")
    write(store)
    write(store, changed(SMALL, {"seed": 1}), Status.INTERRUPTED)
    write(Store(tmp_path / "shipped"), changed(SMALL, {"norms": ()}))
    code, out, _ = run("list")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 4
    assert any("interrupted" in line and "seed 1" in line for line in lines)
    assert any("ships" in line and "no norm" in line for line in lines)
    (plain,) = (line for line in lines if "interrupted" in line)
    assert f"epochs {SMALL.optim.epochs}" in plain, "settings that are not the recipe's are named"
    listed = json.loads(run("list", "--json")[1])
    assert {item["run_id"] for item in listed} == {line.split()[0] for line in lines[1:]}
    name = run_id(SMALL)
    code, out, _ = run("show", name[:6])
    assert code == 0
    assert "BN · dropout 0.05 · digits · epochs 3 · seed 0" in out
    assert "torch 2.6.0" in out
    assert [line.split()[0] for line in out.splitlines()[-3:]] == ["1", "2", "3"]
    shown = json.loads(run("show", name, "--json")[1])
    assert [end["epoch"] for end in shown["epochs"]] == [1, 2, 3]
    assert shown["record"]["test_accuracy"] == shown["epochs"][-1]["test"]["accuracy"]
    assert shown["settings"]["epochs"] == 3


def test_a_beginning_that_fits_several_runs_is_refused(run: Run, tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    ids = sorted(write(store, changed(SMALL, {"seed": seed})).name for seed in range(17))
    first = next(name[0] for name, other in pairwise(ids) if name[0] == other[0])
    code, _, err = run("show", first)
    assert code == 2
    assert f"ids that start with '{first}'" in err


def test_a_damaged_run_is_named_and_not_shown(run: Run, tmp_path: Path) -> None:
    folder = write(Store(tmp_path / "runs"))
    (folder / "events.jsonl").write_text("")
    code, out, err = run("show", folder.name)
    assert (code, out) == (2, "")
    assert "events.jsonl is not the file that was recorded" in err
    assert "Set aside:" in run("list")[1]


def test_fetching_digits_needs_nothing(run: Run) -> None:
    assert run("fetch", "digits")[1] == "digits comes with scikit-learn: there is nothing to download.\n"
    assert json.loads(run("fetch", "digits", "--json")[1])["dataset"] == "digits"


def test_fetch_tells_its_progress(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [Progress(0, 20), Progress(12, 20), Progress(20, 20)]
    monkeypatch.setattr("normlab.cli.fetch.fetch", lambda dataset: iter(steps))
    *lines, last = map(json.loads, run("fetch", "mnist", "--json")[1].splitlines())
    assert lines == [{"done": 0, "total": 20}, {"done": 12, "total": 20}, {"done": 20, "total": 20}]
    assert last["dataset"] == "mnist"
    code, out, _ = run("fetch", "mnist")
    assert code == 0
    assert out.startswith("mnist is in ")


def test_a_failed_download_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(dataset: str) -> object:
        raise DataProblem("The download broke off: run `normlab fetch mnist` again.")

    monkeypatch.setattr("normlab.cli.fetch.fetch", fail)
    told = "The download broke off: run `normlab fetch mnist` again."
    code, out, err = run("fetch", "mnist", "--json")
    assert (code, json.loads(out), err) == (1, {"problem": told}, f"normlab: {told}\n")
    code, out, err = run("fetch", "mnist")
    assert (code, out) == (1, "")
    assert err.endswith(f"\rnormlab: {told}\n")


def test_every_command_explains_itself(run: Run) -> None:
    top = run("--help")[1]
    for command, summary in COMMANDS.items():
        assert f" {command} " in top
        assert " ".join(summary.split())[:40] in " ".join(top.split())
        code, out, _ = run(command, "--help")
        assert code == 0
        description: str = import_module(f"normlab.cli.{command}").DESCRIPTION
        assert " ".join(description.split())[:40] in " ".join(out.split())


@pytest.mark.slow
def test_the_doctor_says_what_is_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from normlab.store import write_manifest

    shelf = tmp_path / "shipped"
    write(Store(shelf))
    write_manifest(shelf)
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "nothing"))
    code, out, _ = run("doctor", "--json")
    findings = {item["name"]: item for item in json.loads(out)}
    assert code == 0, out
    assert findings["torch fits"]["is_good"]
    assert findings["digits"]["is_good"]
    assert findings["mnist"]["is_good"] is None
    assert "normlab fetch mnist" in findings["mnist"]["text"]
    assert str(tmp_path / "runs") in findings["store"]["text"]
    assert findings["pretrained"]["text"].startswith("1 runs")


def test_the_doctor_names_what_must_be_mended(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from normlab.cli import doctor

    monkeypatch.setattr(doctor, "_TRY_TORCH", "import no_such_torch")
    monkeypatch.setattr(doctor, "_TRY_VISION", "import sys; sys.exit('torchvision cannot be imported: mend it.')")
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, _ = run("doctor")
    assert code == 1
    bad = [line for line in out.splitlines() if line.startswith("MEND")]
    assert len(bad) == 4
    assert "No module named 'no_such_torch'" in bad[0]
    assert "torchvision cannot be imported: mend it." in bad[1]
    assert "may vanish" in bad[2]
    assert "NORMLAB_PRETRAINED" in bad[3]


def test_output_that_nobody_reads_to_its_end_is_no_error(tmp_path: Path) -> None:
    for seed in range(3):
        write(Store(tmp_path / "runs"), changed(SMALL, {"seed": seed}))
    command = [sys.executable, "-m", "normlab.cli", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


_FOR_PAGES = {"altair", "distributed", "pandas", "scipy.stats", "sklearn", "streamlit"}


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        ("--help", _FOR_PAGES | {"torch", "numba", "scipy", "normlab.training"}),
        ("list", _FOR_PAGES | {"torch", "numba", "scipy", "normlab.training"}),
        ("study --status", _FOR_PAGES | {"torch", "numba", "scipy", "normlab.training"}),
        ("train --train-size 64 --epochs 1", _FOR_PAGES | {"torch._dynamo", "sympy", "triton"}),
    ],
)
def test_a_command_imports_only_what_it_needs(tmp_path: Path, words: str, unneeded: set[str]) -> None:
    (tmp_path / "shipped").mkdir()
    code = f"""
import atexit, sys
from normlab.cli.main import main
atexit.register(lambda: print(sorted({unneeded!r} & set(sys.modules))))
sys.argv[1:] = {words.split()!r}
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr
