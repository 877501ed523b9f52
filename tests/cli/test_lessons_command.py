"""`normlab lessons`: faults with line and key, what is missing, what came out; a lesson to begin with."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from normlab import lessons

Run = Callable[..., tuple[int, str, str]]
SMALL = "&epochs=1&train_size=64"


@pytest.fixture
def mine(tmp_path: Path, run: Run) -> Path:
    """A lesson that was just begun, on small networks."""
    path = tmp_path / "mine.toml"
    code, out, _ = run("lessons", "new", str(path))
    assert code == 0
    assert str(path) in out
    path.write_text(path.read_text(encoding="utf-8").replace('&lr=0.3"\n', f'&lr=0.3{SMALL}"\n'), encoding="utf-8")
    return path


def test_what_is_begun_is_without_fault_and_says_what_is_missing(mine: Path, run: Run) -> None:
    code, out, _ = run("lessons", "check", str(mine))
    assert code == 0
    assert out.startswith("mine.toml: good; 10 of its runs are not trained here: about ")


def test_a_file_is_never_written_over(mine: Path, run: Run) -> None:
    code, _, err = run("lessons", "new", str(mine))
    assert code == 2
    assert "is there already" in err


@pytest.mark.parametrize("words", [(), ("a.toml", "b.toml"), ("Bad Name.toml",), ("a.txt",)])
def test_new_wants_one_name(words: tuple[str, ...], run: Run) -> None:
    assert run("lessons", "new", *words)[0] == 2


def test_a_fault_ends_with_one_and_has_its_line(mine: Path, run: Run) -> None:
    text = mine.read_text(encoding="utf-8").replace("seeds = 5", "seeds = 2")
    mine.write_text(text, encoding="utf-8")
    code, out, _ = run("lessons", "check", str(mine), "--json")
    (told,) = json.loads(out)
    assert code == 1
    assert told["faults"][0]["key"] == "contrast.seeds"
    assert text.splitlines()[told["faults"][0]["line"] - 1].startswith("seeds = 2")


@pytest.mark.slow
def test_run_trains_measures_and_says_what_came_out(mine: Path, run: Run) -> None:
    code, out, _ = run("lessons", "check", str(mine), "--run", "--seeds", "1", "--json")
    (told,) = json.loads(out)
    assert code == 0
    assert told["trained_again"]
    assert {key: list(values) for key, values in told["verdict"]["numbers"].items()} == {"none": ["0"], "bn": ["0"]}
    assert not told["verdict"]["came_out"]


def test_seeds_without_run_is_refused(mine: Path, run: Run) -> None:
    assert run("lessons", "check", str(mine), "--seeds", "1")[0] == 2


def test_without_a_file_every_lesson_is_checked(mine: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lessons.VARIABLE, str(mine.parent))
    code, out, _ = run("lessons", "check", "--json")
    assert code == 0
    assert [Path(told["file"]).stem for told in json.loads(out)] == [
        *sorted(lesson.key for lesson in lessons.shipped()),
        "mine",
    ]
