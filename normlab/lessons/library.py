"""Which lessons there are: those that ship, and a teacher's own in the folder that `NORMLAB_LESSONS` names."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from normlab import files
from normlab.lessons import reader
from normlab.lessons.reader import Fault, FaultyFile
from normlab.lessons.schema import Course, Lesson, Quiz
from normlab.lessons.table import KEY

VARIABLE = "NORMLAB_LESSONS"
SHIPPED = Path(__file__).parent / "shipped"
START = Path(__file__).parent / "start.toml"
"""A lesson to begin with, with comments."""
COURSES, QUIZZES = (Path(__file__).parent / name for name in ("courses", "quizzes"))

_MOST_FILES = 200
_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Library(Generic[_Thing]):
    """What a folder holds, by key; `problems` has a sentence for each file that cannot be used."""

    found: Mapping[str, _Thing]
    problems: tuple[str, ...] = ()


def shipped() -> tuple[Lesson, ...]:
    """The lessons that ship, in their order."""
    return tuple(sorted(_sound(SHIPPED, reader.lesson).values(), key=lambda one: one.place))


def courses() -> tuple[Course, ...]:
    """The paths that ship."""
    return tuple(_sound(COURSES, reader.course).values())


def quizzes() -> tuple[Quiz, ...]:
    """The questions before and after a course that ship."""
    return tuple(_sound(QUIZZES, reader.quiz).values())


def own() -> Library[Lesson]:
    """A teacher's own lessons; empty where `NORMLAB_LESSONS` names no folder.

    A file of the same name as one that ships takes no one's place: it is named as a problem.
    """
    name = os.environ.get(VARIABLE, "")
    if not name:
        return Library({})
    library = _folder(Path(name).expanduser(), reader.lesson)
    taken = {lesson.key for lesson in shipped()} & library.found.keys()
    problems = [f"{key}.toml has the name of a lesson that ships: rename it." for key in sorted(taken)]
    kept = {key: lesson for key, lesson in library.found.items() if key not in taken}
    return Library(kept, (*library.problems, *problems))


def lesson(key: str) -> Lesson | None:
    """The lesson of this key, of those that ship or a teacher's own; None if there is none."""
    return {**own().found, **{one.key: one for one in shipped()}}.get(key)


def own_files() -> list[Path]:
    """The files of a teacher's own lessons, good or not."""
    name = os.environ.get(VARIABLE, "")
    return sorted(Path(name).expanduser().glob("*.toml")) if name else []


def name_fault(path: Path) -> str:
    """What is wrong with a lesson file's name, in a sentence; "" if nothing is."""
    if KEY.fullmatch(path.stem) and path.suffix == ".toml":
        return ""
    return f"The name {path.name} must be lower-case letters, digits and single hyphens, and end in .toml."


def read(path: Path) -> Lesson:
    """The lesson in a file. Raises `FaultyFile`."""
    return _lesson_in(path, reader.lesson)


def problems(path: Path) -> tuple[Fault, ...]:
    """What is wrong with a lesson's file; nothing, if it can be used."""
    try:
        read(path)
    except FaultyFile as error:
        return error.faults
    return ()


def _sound(folder: Path, read: Callable[[str, str], _Thing]) -> Mapping[str, _Thing]:
    """What ships is without fault: a test reads it."""
    library = _folder(folder, read)
    if library.problems:
        raise AssertionError(library.problems[0])
    return library.found


def _folder(folder: Path, read: Callable[[str, str], _Thing]) -> Library[_Thing]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
        seen = tuple((path, *_stamp(path)) for path in paths[:_MOST_FILES])
    except OSError as error:
        return Library({}, (f"The folder of lessons {folder} cannot be read ({error.strerror}).",))
    library = _read(seen, read)
    if len(paths) > _MOST_FILES:
        notice = f"Of the {len(paths)} files in {folder} the first {_MOST_FILES} are read."
        return Library(library.found, (*library.problems, notice))
    return library


def _stamp(path: Path) -> tuple[int, int]:
    info = path.lstat()
    return info.st_mtime_ns, info.st_size


@lru_cache(maxsize=16)
def _read(seen: tuple[tuple[Path, int, int], ...], read: Callable[[str, str], _Thing]) -> Library[_Thing]:
    found: dict[str, _Thing] = {}
    wrong = []
    for path, *_ in seen:
        try:
            found[path.stem] = _lesson_in(path, read)
        except FaultyFile as error:
            wrong.append(str(error))
    return Library(found, tuple(wrong))


def _lesson_in(path: Path, read: Callable[[str, str], _Thing]) -> _Thing:
    if problem := name_fault(path):
        raise FaultyFile(path.name, [Fault(1, "", problem)])
    try:
        text = files.read_text(path, reader.MOST_BYTES)
    except FileNotFoundError:
        raise FaultyFile(path.name, [Fault(1, "", "There is no such file.")]) from None
    except files.Unreadable as problem:
        raise FaultyFile(path.name, [Fault(1, "", f"The file {problem}.")]) from None
    return read(path.stem, text)
