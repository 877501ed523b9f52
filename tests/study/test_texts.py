"""What the repository says of the findings is what its shipped results say; the writer itself, over made-up results."""

import re
from pathlib import Path

import pytest
import study_kit as kit

from normlab.cli.common import Mistake
from normlab.cli.study_findings import END, START, texts, write
from normlab.identity import run_id
from normlab.store import Store
from normlab.study.plan.grids import HIGH_RATE
from normlab.study.results.measured import of_store
from normlab.study.texts import overview
from normlab.study.texts.pictures import MISTAKES, Picture, pictures
from normlab.templates import flowing

ROOT = Path(__file__).parents[2]
MARKED = f"# normlab\n\n{START}\nold\n{END}\n\n## Start\n"


def shipped_pictures() -> list[Picture]:
    store = Store(ROOT / "none", ROOT / "pretrained")
    return pictures(of_store(store.list(), store.read, store.shipped))


def test_the_committed_texts_are_those_that_the_shipped_results_give() -> None:
    for path, text in texts(ROOT / "pretrained", ROOT).items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: run `normlab study findings`"


def test_what_the_lesson_plan_asks_of_a_high_rate_has_an_answer() -> None:
    """ "How many of ten seeds learn without a norm, and how many with one": the counts beside it come from the runs."""
    store = Store(ROOT / "none", ROOT / "pretrained")
    failed = {}
    for arm in HIGH_RATE.arms():
        strengths = HIGH_RATE.fixed_strengths()[arm.name]
        runs = [store.ended(run_id(HIGH_RATE.config(arm, strengths, seed))) for seed in HIGH_RATE.seeds]
        accuracies = [run.record.test_accuracy or 0.0 for run in runs if run and run.record]
        assert len(accuracies) == 10
        failed[arm.name] = sum(accuracy < 0.5 for accuracy in accuracies)
    assert failed["none/none"] >= 3
    assert failed["bn/none"] == 0
    assert "how many of ten seeds learn without a norm" in (ROOT / "docs" / "teachers.md").read_text(encoding="utf-8")


def test_the_committed_pictures_are_of_the_shipped_results() -> None:
    known = {picture.name: picture for picture in shipped_pictures()}
    there = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / overview.FOLDER).glob("*.svg")}
    assert set(there) == set(known), "run `normlab study findings`"
    for name, text in there.items():
        assert known[name].mark in text, f"{name}: run `normlab study findings`"


def test_three_collections_of_mistakes_are_of_digits_alone_and_named_with_their_source() -> None:
    section = (ROOT / "docs" / "overview.md").read_text(encoding="utf-8").partition(START)[2].partition(END)[0]
    assert "CC BY 4.0" in " ".join(section.split())
    named = re.findall(r"findings/(mistakes-[\w-]+)\.svg", section)
    assert len(named) == 3
    for name in named:
        text = (ROOT / "docs" / overview.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert 10 <= text.count("<image") <= MISTAKES
        assert f"on digits: {text.count('<image')} of the" in text


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A made-up shelf beside the documents: one experiment, one mechanism, one arm on digits."""
    place = tmp_path / "pretrained"
    kit.arm(Store(place), "study", "gn/l1", kit.level(92, 0.5))
    kit.arm(Store(place), "lesson", "gn/l1", kit.level(90.0))
    kit.write_mechanisms(place, {"base": 20.0, "proximal": 9.0})
    for name in ("docs/overview.md", "docs/teachers.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(MARKED, encoding="utf-8")
    return place


def test_the_writer_fills_the_marked_section_and_nothing_else(shelf: Path) -> None:
    write(shelf, shelf.parent)
    told = (shelf.parent / "docs" / "overview.md").read_text(encoding="utf-8")
    assert told.startswith(f"# normlab\n\n{START}\n")
    assert told.endswith(f"{END}\n\n## Start\n")
    assert "old" not in told.split("\n")
    assert "92.00 ± 0.50 (3 seeds)" in told
    assert "| Weights that chatter around zero | proximal L1 steps | 53 % (53 to 54) of the deficit |" in told
    assert "| **carries part of it** |" in told
    document = (shelf.parent / "docs" / "findings.md").read_text(encoding="utf-8")
    assert "Not trained yet: `normlab study train digits`." in document
    assert "| study | The study's recipe to the letter on MNIST | 3 of 48 | none |" in document
    names = {path.stem for path in (shelf.parent / "docs" / overview.FOLDER).iterdir()}
    expected = {"curves-gn-l1", "curves-ln-l2", "curves-bn-l1-l2", "seeds-lesson", "mechanisms", "mistakes-gn-l1"}
    assert names == expected


def test_seeds_that_learned_nothing_are_told_beside_the_means(shelf: Path) -> None:
    kit.arm(Store(shelf), "lesson", "none/none", lambda epoch, seed: 10.0 if seed == 1 else 97.0)
    kit.arm(Store(shelf), "lesson", "bn/none", kit.level(98.0))
    write(shelf, shelf.parent)
    told = " ".join((shelf.parent / "docs" / "overview.md").read_text(encoding="utf-8").split())
    assert "Seeds that failed: no norm: 1 of 3." in told
    assert "(3), 1 failed" in (shelf.parent / "docs" / "findings.md").read_text(encoding="utf-8")


def test_the_studys_question_is_asked_of_every_part_that_has_its_arms(shelf: Path) -> None:
    write(shelf, shelf.parent)
    overview_md = shelf.parent / "docs" / "overview.md"
    assert "does L1 hurt BatchNorm more" not in overview_md.read_text(encoding="utf-8"), "no part has them"
    for arm, level in (("bn/none", 98.0), ("bn/l1", 87.0), ("gn/none", 98.0)):
        kit.arm(Store(shelf), "lesson", arm, kit.level(level, 0.1))
    write(shelf, shelf.parent)
    told = overview_md.read_text(encoding="utf-8").partition("does L1 hurt BatchNorm more")[2]
    (row,) = (line for line in told.splitlines() if line.startswith("| The lesson's runs on digits | 3 |"))
    assert re.findall(r"[+−]\d+\.\d\d(?= \()", row) == ["−11.00", "−8.00", "−3.00"]
    assert row.endswith("| too few seeds to decide |")


def test_the_studys_question_stays_open_where_the_interval_holds_zero(shelf: Path) -> None:
    for arm in ("bn/none", "bn/l1", "gn/none"):
        kit.arm(Store(shelf), "lesson", arm, kit.level(90.0, 2.0))
    write(shelf, shelf.parent)
    told = (
        (shelf.parent / "docs" / "overview.md").read_text(encoding="utf-8").partition("does L1 hurt BatchNorm more")[2]
    )
    assert "| too few seeds to decide |" in told
    assert "In none of the 1 experiments with more than one seed is the difference decided" in " ".join(told.split())


def test_what_is_written_twice_is_the_same_and_old_pictures_go(shelf: Path) -> None:
    write(shelf, shelf.parent)
    before = {path: path.read_bytes() for path in shelf.parent.rglob("*") if path.is_file()}
    (shelf.parent / "docs" / overview.FOLDER / "older.svg").write_text("<svg/>")
    write(shelf, shelf.parent)
    assert {path: path.read_bytes() for path in shelf.parent.rglob("*") if path.is_file()} == before


def test_a_text_without_the_marks_is_left_alone(shelf: Path) -> None:
    (shelf.parent / "docs" / "overview.md").write_text("# Something else\n", encoding="utf-8")
    with pytest.raises(Mistake, match="cannot take the findings"):
        write(shelf, shelf.parent)
    assert (shelf.parent / "docs" / "overview.md").read_text(encoding="utf-8") == "# Something else\n"


def test_paragraphs_are_wrapped_and_tables_are_not() -> None:
    table = f"| {'x' * 150} |"
    told = flowing(f"## Head\n\n{'word ' * 60}\n\n{table}\n")
    assert table in told
    assert max(map(len, told.replace(table, "").splitlines())) <= 118
