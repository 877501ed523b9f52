"""The command line, with folders of its own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from normlab.cli.commands import run as main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(tmp_path / "shipped"))
    monkeypatch.setenv("NORMLAB_DATA", os.environ.get("NORMLAB_DATA", str(tmp_path / "data")))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output and standard error of a command."""

    def run_command(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run_command
