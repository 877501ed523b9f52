"""`normlab study findings` as it is called."""

from pathlib import Path

import pytest

from normlab.cli.commands import run as main
from normlab.cli.study_findings import END, START


def test_it_writes_beside_the_folder_that_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    shelf = tmp_path / "copy" / "pretrained"
    shelf.mkdir(parents=True)
    for name in ("docs/overview.md", "docs/teachers.md"):
        (shelf.parent / name).parent.mkdir(exist_ok=True)
        (shelf.parent / name).write_text(f"{START}\n{END}\n", encoding="utf-8")
    assert main(["study", "findings", "--into", str(shelf)]) == 0
    assert "0 of 48" in (shelf.parent / "docs" / "findings.md").read_text(encoding="utf-8")
    assert "not measured" in (shelf.parent / "docs" / "overview.md").read_text(encoding="utf-8")


def test_it_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pretrained").mkdir()
    assert main(["study", "findings", "--into", str(tmp_path / "pretrained")]) == 2
    assert "overview.md cannot be read" in capsys.readouterr().err
