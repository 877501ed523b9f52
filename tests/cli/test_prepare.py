"""`normlab prepare`: a lesson's file, and what becomes of its runs."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from store_kit import SMALL, write

from normlab.cli import prepare
from normlab.cli.commands import run as main
from normlab.cli.common import Mistake
from normlab.cli.prepare import EXAMPLE, lesson
from normlab.config import ConfigError, RunConfig
from normlab.engine.sweep import Outcome
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed, from_query, to_query
from normlab.store import Store
from normlab.web import reach


def test_the_example_in_the_help_is_a_lesson() -> None:
    items = lesson(EXAMPLE)
    assert [item.config.seed for item in items[:3]] == [0, 1, 2]
    assert items[1].title == "The default, three seeds · seed 1"
    assert items[3].config == changed(RunConfig(), {"norms": ()})
    assert items[5].config == changed(RunConfig(), {"norms": ("gn",), "l1": 1e-3})


def test_a_data_set_brings_its_recipe_and_a_link_is_taken_whole() -> None:
    config = changed(RunConfig(), {"dataset": "mnist", "epochs": 2, "norms": ("ln", "gn")})
    link = "http://room:8501/?" + "&".join(f"{name}={text}" for name, text in to_query(config, every=True).items())
    first, second = lesson(f'[[run]]\ndataset = "mnist"\n[[run]]\nlink = "{link.replace("+", "%2B")}"')
    assert first.config == changed(RunConfig(), {"dataset": "mnist", **first.config.data.dataset.spec.recipe})
    assert second.config == config


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("[[run]", ConfigError, "not TOML"),
        ("seed = 3", Mistake, r"must hold \[\[run\]\]"),
        ("run = [1]", Mistake, r"must hold \[\[run\]\]"),
        ("[[run]]\ndropout = 7", ConfigError, "dropout=7"),
        ("[[run]]\ndrop = 0.1", ConfigError, "drop is not a setting"),
        ("[[run]]\nseeds = 3", Mistake, "seeds = 3 must be a list"),
        ('[[run]]\nlink = "http://x/?dropout=9"', Mistake, "cannot be used: dropout=9"),
        ('[[run]]\nlink = "http://x/"\npreset = "No norm"', Mistake, "not from both"),
        ('[[run]]\npreset = "Nothing"', Mistake, "no preset"),
    ],
)
def test_a_file_that_is_no_lesson_is_refused_in_one_sentence(text: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        lesson(text)


def test_this_machine_has_an_address() -> None:
    assert reach.outward().count(".") == 3


def test_runs_are_kept_and_linked_and_a_failure_is_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made-up runs do not verify, which is what a failure looks like."""
    file = tmp_path / "lesson.toml"
    file.write_text('[[run]]\ntitle = "Small"\nepochs = 3\n', encoding="utf-8")
    folder = write(Store(tmp_path / "runs"), SMALL)
    told = Outcome(SMALL, Status.FINISHED, is_reused=True)
    monkeypatch.setattr(prepare, "watched", lambda configs, store: [told for _ in configs])
    assert main(["prepare", str(file), "--json", "--address", "room", "--port", "9000"]) == 1
    answer = json.loads(capsys.readouterr().out)
    (fact,) = answer["runs"]
    assert answer["address"] == "http://room:9000/"
    assert (fact["title"], fact["run_id"], fact["result"]) == ("Small", run_id(SMALL), "failed")
    query = dict(parse_qsl(urlsplit(fact["link"]).query))
    assert from_query(query) == (SMALL, [])
    assert (tmp_path / "runs" / "kept" / folder.name).exists()


@pytest.mark.slow
def test_a_lesson_is_trained_verified_and_not_trained_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORMLAB_LIMIT_EPOCHS", "1")  # holds for the page, not for its owner
    file = tmp_path / "lesson.toml"
    file.write_text("[[run]]\nepochs = 2\ntrain_size = 64\nseeds = [0, 1]\n", encoding="utf-8")
    assert main(["prepare", str(file)]) == 0
    first = capsys.readouterr().out
    assert first.count("verified, test accuracy") == 2
    records = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*/record.json")}
    assert len(records) == 2
    assert main(["prepare", str(file)]) == 0
    assert capsys.readouterr().out == first
    assert records == {path: path.stat().st_mtime_ns for path in records}
