"""Classes: a teacher asks, students answer on their phones, the wall shows what came of it.

Knows neither pages nor lessons: a class keeps its own copy of what it asks.
"""

from normlab.classroom import disk
from normlab.classroom.classes import HERE_SECONDS, HOURS, MOST_QUESTIONS, Classes, Joined, Opened, Place
from normlab.classroom.codes import LENGTH, LETTERS, read_code
from normlab.classroom.database import FILE
from normlab.classroom.permission import Permission, PermissionProblem, has_key, is_key, is_near, permission
from normlab.classroom.phases import Phase, Step
from normlab.classroom.questions import UNDECIDED, Answer, Question
from normlab.classroom.refusals import (
    UNKNOWN,
    BadAnswer,
    BadQuestion,
    ClassOver,
    Crowded,
    NoSuchClass,
    NotKept,
    NotNow,
    NotYours,
    Refusal,
)

__all__ = [
    "FILE",
    "HERE_SECONDS",
    "HOURS",
    "LENGTH",
    "LETTERS",
    "MOST_QUESTIONS",
    "UNDECIDED",
    "UNKNOWN",
    "Answer",
    "BadAnswer",
    "BadQuestion",
    "ClassOver",
    "Classes",
    "Crowded",
    "Joined",
    "NoSuchClass",
    "NotKept",
    "NotNow",
    "NotYours",
    "Opened",
    "Permission",
    "PermissionProblem",
    "Phase",
    "Place",
    "Question",
    "Refusal",
    "Step",
    "disk",
    "has_key",
    "is_key",
    "is_near",
    "permission",
    "read_code",
]
