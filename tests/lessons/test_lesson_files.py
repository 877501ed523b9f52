"""Lesson files: which there are, and where a fault stands."""

import tomllib
from pathlib import Path

import pytest

from normlab.lessons import SHIPPED, START, VARIABLE, courses, lesson, own, problems, quizzes, shipped
from normlab.lessons.lines import lines, nearest

FILES = sorted(SHIPPED.glob("*.toml"))
EXAMPLE = SHIPPED / "scaled-weights.toml"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_lesson_is_without_fault(path: Path) -> None:
    assert problems(path) == ()


def test_the_shipped_lessons_stand_in_their_order() -> None:
    places = [one.place for one in shipped()]
    assert len(places) == len(FILES)
    assert places == sorted(set(places))


def paths(content: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(content, dict):
        return [one for key, value in content.items() for one in [(*path, key), *paths(value, (*path, key))]]
    if isinstance(content, list) and content and isinstance(content[0], dict):
        return [one for at, value in enumerate(content) for one in [(*path, at), *paths(value, (*path, at))]]
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_key_is_found_in_its_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = lines(text)
    for place in paths(tomllib.loads(text)):
        if place in known and isinstance(place[-1], str):
            assert place[-1] in text.splitlines()[known[place] - 1]
        assert nearest(known, place) >= 1
    keys = [place for place in paths(tomllib.loads(text)) if isinstance(place[-1], str) and place not in known]
    assert all(isinstance(tomllib.loads(text).get(str(place[0])), list | dict) for place in keys)


def test_a_fault_has_its_line_and_key(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace('direction = "lower"', 'direction = "down"')
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    (fault,) = problems(path)
    assert text.splitlines()[fault.line - 1] == 'direction = "down"'
    assert fault.key == "contrast.direction"
    assert str(fault) == (
        f"line {fault.line}: contrast.direction: down is not known; choose one of higher, lower, same."
    )


def test_a_teachers_folder_is_read_and_a_damaged_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("version = ", encoding="utf-8")
    (tmp_path / "scaled-weights.toml").write_text(text, encoding="utf-8")
    (tmp_path / "Bad Name.toml").write_text(text, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no lesson", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    library = own()
    assert list(library.found) == ["mine"]
    assert len(library.problems) == 3
    assert all(text.endswith((".", ")")) for text in library.problems)
    assert lesson("mine") is not None
    assert lesson("scaled-weights") == shipped()[0]
    assert lesson("nothing") is None


def test_a_folder_that_is_not_there_is_named_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone"))
    library = own()
    assert not library.found
    assert "cannot be read" in library.problems[0]


def test_every_step_of_a_course_leads_to_what_is_there() -> None:
    known = {one.key for one in shipped()}
    for course in courses():
        assert {step.lesson for step in course.steps if step.lesson} <= known
        assert not [step.title for step in course.steps if step.lesson and step.link]


def test_the_courses_take_the_time_that_they_say() -> None:
    minutes = {course.key: course.minutes for course in courses()}
    assert minutes["fifty-minutes"] == 50
    assert minutes["fifteen-minutes"] == 15
    assert 60 <= minutes["homework"] <= 90


def test_there_are_six_questions_before_and_after() -> None:
    (quiz,) = quizzes()
    assert len(quiz.questions) == 6
    assert len({question.key for question in quiz.questions}) == 6


def test_the_document_shows_the_lesson_to_begin_with() -> None:
    document = (Path(__file__).parents[2] / "docs" / "lessons.md").read_text(encoding="utf-8")
    assert f"```toml\n{START.read_text(encoding='utf-8')}```\n" in document
