"""Classes: a teacher asks, students answer on their phones, the wall shows what came of it.

Knows neither pages nor lessons: a class keeps its own copy of what it asks.
"""

from normlab.classroom import disk
from normlab.classroom.classes import HERE_SECONDS, HOURS, MOST_QUESTIONS, Classes, Joined, Opened, Place
from normlab.classroom.codes import LENGTH, LETTERS, read_code
from normlab.classroom.conductor import SESSION, Conductor
from normlab.classroom.database import FILE
from normlab.classroom.experiments import FEWEST as FEWEST_RUNS
from normlab.classroom.experiments import MOST as MOST_RUNS
from normlab.classroom.experiments import SEEDS, Due, Key, Outcome
from normlab.classroom.permission import Permission, PermissionProblem, has_key, is_key, is_near, permission
from normlab.classroom.phases import Phase, Step
from normlab.classroom.questions import EXPERIMENT, UNDECIDED, Answer, Question
from normlab.classroom.refusals import (
    GIVEN_BACK,
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
    "EXPERIMENT",
    "FEWEST_RUNS",
    "FILE",
    "GIVEN_BACK",
    "HERE_SECONDS",
    "HOURS",
    "LENGTH",
    "LETTERS",
    "MOST_QUESTIONS",
    "MOST_RUNS",
    "SEEDS",
    "SESSION",
    "UNDECIDED",
    "UNKNOWN",
    "Answer",
    "BadAnswer",
    "BadQuestion",
    "ClassOver",
    "Classes",
    "Conductor",
    "Crowded",
    "Due",
    "Joined",
    "Key",
    "NoSuchClass",
    "NotKept",
    "NotNow",
    "NotYours",
    "Opened",
    "Outcome",
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
