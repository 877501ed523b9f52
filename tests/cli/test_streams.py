"""The command line on any terminal: every command's output, in encodings that lack its signs."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from store_kit import SMALL, write

from normlab.cli import streams
from normlab.cli.commands import COMMANDS, run
from normlab.config import RunConfig
from normlab.settings import changed
from normlab.store import Store
from normlab.titles import title

ENCODINGS = ("ascii", "cp1252", "cp932", "cp437", "latin-1", "utf-8", "utf-16")
Tell = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=ENCODINGS)
def tell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Exit code, output and errors of a command whose streams have such an encoding, and refuse what it lacks."""

    def tell_in(*words: str) -> tuple[int, str, str]:
        made = []
        for name in ("stdout", "stderr"):
            made.append(io.TextIOWrapper(io.BytesIO(), encoding=request.param))
            monkeypatch.setattr(sys, name, made[-1])
        streams.settle()
        try:
            code = run(words)
        except SystemExit as end:
            code = int(end.code or 0)
        for stream in made:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode(request.param) for stream in made)  # type: ignore[attr-defined]
        return code, out, err

    return tell_in


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself_in_every_encoding(tell: Tell, command: str) -> None:
    code, out, err = tell(*command.split(), "--help")
    assert (code, err) == (0, "")
    assert out.startswith("usage: normlab")
    assert "\\u" not in out, "a sign that has no plain form yet"


def test_runs_are_listed_shown_and_told_as_json(tell: Tell, tmp_path: Path) -> None:
    folder = write(Store(tmp_path / "runs"))
    (listed,) = json.loads(tell("list", "--json")[1])
    assert listed["title"] == title(SMALL), "exact, whatever the encoding"
    for words in (("list",), ("show", folder.name)):
        code, out, err = tell(*words)
        assert (code, err) == (0, "")
        assert "digits" in out
        assert "\\u" not in out


def test_a_training_ends_with_its_json(tell: Tell) -> None:
    code, out, _ = tell("train", "--train-size", "64", "--epochs", "1", "--json")
    config = changed(RunConfig(), {"train_size": 64, "epochs": 1})
    assert (code, json.loads(out)["title"]) == (0, title(config))


def test_what_was_typed_comes_back_in_a_sentence(tell: Tell) -> None:
    code, _, err = tell("show", "λ-run 日本 \udcff")
    assert code == 2
    assert err.startswith("normlab: There is no run")


def test_the_fields_signs_have_plain_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    streams.settle()
    print("λ = 1e-3 · γ × β – 日", end="", flush=True)
    assert stream.buffer.getvalue() == b"lambda = 1e-3 * gamma x beta - \\u65e5"  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932", "utf-8"])
@pytest.mark.parametrize(
    "is_terminal", [False, pytest.param(True, marks=pytest.mark.skipif(os.name != "posix", reason="no pty"))]
)
def test_the_command_itself_sets_its_streams(encoding: str, is_terminal: bool) -> None:
    command = [sys.executable, "-m", "normlab.cli", "train", "--help"]
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    if not is_terminal:
        done = subprocess.run(command, env=env, capture_output=True, check=True)
        assert done.stderr == b""
        assert b"--l1" in done.stdout
        return
    here, there = os.openpty()
    with subprocess.Popen(command, env=env, stdout=there, stderr=there, stdin=there) as process:
        os.close(there)
        told = b""
        try:
            while part := os.read(here, 65_536):
                told += part
        except OSError:
            pass  # so a terminal ends on Linux
        assert process.wait(60) == 0
    os.close(here)
    assert b"--l1" in told
    assert b"Traceback" not in told
