"""What the page shows: a lesson, the questions before or after a course, or covers, all or those of a course."""

from normlab import lessons
from normlab.app.shell.views import View
from normlab.lessons import Course, Lesson, Quiz

BEFORE, AFTER = "before", "after"


def every() -> tuple[Lesson, ...]:
    """All lessons: those that ship, then a teacher's own."""
    return (*lessons.shipped(), *lessons.own().found.values())


def course(key: str) -> Course | None:
    return next((one for one in lessons.courses() if one.key == key), None)


def quiz(name: str) -> tuple[Quiz, str] | None:
    """Of "opening-before": the quiz, and when it is asked."""
    key, _, when = name.rpartition("-")
    found = next((one for one in lessons.quizzes() if one.key == key), None)
    return (found, when) if found is not None and when in (BEFORE, AFTER) else None


LESSON = View(
    "lessons", "lesson", None, str, lambda asked: asked if lessons.lesson(asked) else None, "is no lesson that is here"
)
COURSE = View("lessons", "course", "", str, lambda asked: asked if course(asked) else None, "is no path that is here")
QUIZ = View(
    "lessons", "quiz", None, str, lambda asked: asked if quiz(asked) else None, "are no questions that are here"
)
PARTS = (LESSON, COURSE, QUIZ)
