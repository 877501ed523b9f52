"""What `normlab rebuild lessons` does once the runs are there: measure what each lesson is decided by."""

from pathlib import Path

from normlab import lessons
from normlab.cli import shelf as shelves
from normlab.cli.common import say


def measure(shelf: Path) -> None:
    """Measure the lessons whose numbers are not those of the runs that ship now. What is measured is kept at once.

    Raises:
        StoreProblem: if the manifest cannot be read, or a result cannot be written.
        Damage: if a run's weights are not what they were.
    """
    store = shelves.only(shelf)
    for lesson in waiting(shelf):
        try:
            lessons.evidence.keep(lesson, lessons.measure(lesson, store), shelf)
        except lessons.NotMeasured as lacking:
            say(f"{lesson.key}: {lacking}")
            continue
        say(f"{lesson.key}: measured.")


def waiting(shelf: Path) -> list[lessons.Lesson]:
    """The lessons that ship, and are not measured on the runs that ship now."""
    store = shelves.only(shelf)
    return [lesson for lesson in lessons.shipped() if lessons.evidence.kept(lesson, store) is None]
