"""What a lesson is: a question, a contrast that was written down before it was measured, and what it means."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from normlab.config import RunConfig
from normlab.lessons.questions import Axis, Choice, Question
from normlab.stresses import Stress


class Measure(StrEnum):
    """What is measured of a trained network, in the unit of `unit`.

    ACCURACY: right answers to test images after the last epoch, under the arm's stress. BATCH_ACCURACY: the same with
    the statistics of large batches, as runs with `bn_modes` record it after every epoch. TRAIN_ACCURACY: right answers
    to its own training images and labels, in eval mode. CHANGED: test images whose answer differs from that of the
    network as it was trained. ZEROS: weights of the convolutions that are exactly 0. TURN: by how many degrees a step
    turns the weights of a block's convolution, mean over the blocks and the last epoch.
    """

    ACCURACY = "accuracy"
    BATCH_ACCURACY = "batch-accuracy"
    TRAIN_ACCURACY = "train-accuracy"
    CHANGED = "changed"
    ZEROS = "zeros"
    TURN = "turn"

    @property
    def unit(self) -> str:
        return "degrees" if self is Measure.TURN else "points"

    @property
    def words(self) -> str:
        """What stands after its number in a sentence: " of 100 test images right"."""
        return _WORDS[self]

    @property
    def is_accuracy(self) -> bool:
        """Whether a network can fail by it."""
        return self in (Measure.ACCURACY, Measure.BATCH_ACCURACY)


_WORDS = {
    Measure.ACCURACY: " of 100 test images right",
    Measure.BATCH_ACCURACY: " of 100 test images right",
    Measure.TRAIN_ACCURACY: " of 100 training images right",
    Measure.CHANGED: " of 100 test images answered otherwise",
    Measure.ZEROS: " of 100 weights exactly 0",
    Measure.TURN: " degrees a step",
}


class Direction(StrEnum):
    """What was expected of the second arm, against the first."""

    HIGHER = "higher"
    LOWER = "lower"
    SAME = "same"


class Scene(StrEnum):
    """What stands in the picture before the answer: only its axes; some test images as the contrast's second arm sees
    them; or two batches, one of each arm."""

    AXES = "axes"
    DIGITS = "digits"
    BATCH = "batch"


EPOCH = "epoch"
"""The name of a picture's x where lines go over a training."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Networks that are equal but for the seed, and what is done to them. `name` stands in sentences: "BatchNorm"."""

    key: str
    name: str
    config: RunConfig
    stress: Stress


@dataclass(frozen=True, slots=True)
class Contrast:
    """What decides, named before it was measured: arm `of` against arm `against`, `seeds` networks each.

    `size` is the least difference that was expected, in the measure's unit; with `Direction.SAME`, the largest that
    does not matter. `others` are further arms against the same reference: then all are one family. `afterwards` says
    what was changed once something had been measured; "" if nothing was.
    """

    of: str
    against: str
    measure: Measure
    direction: Direction
    size: float
    written: date
    seeds: int = 5
    others: tuple[str, ...] = ()
    afterwards: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The chart that question and reveal share. `alt` says what is to be seen before the answer.

    Without `varied` each arm of `lines` is a column with a dot a seed. Else x is `varied`: the epoch, a setting of runs
    or of stresses, and each arm has a line through `values` (none for the epoch: it is recorded).
    """

    alt: str
    y: Axis
    x: Axis | None
    lines: tuple[str, ...]
    measure: Measure
    varied: str = ""
    values: tuple[float, ...] = ()
    scene: Scene = Scene.AXES


@dataclass(frozen=True, slots=True)
class Paper:
    """Where it was found first: authors and year, the place in it, what it reports there, and its address."""

    title: str
    place: str
    numbers: str
    url: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the app where one thing can be changed: "stress?weight_scale=0.9"."""

    text: str
    to: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as its file has it; `key` is the file's name, `place` where it stands among others. Texts: `markup`.

    `minutes` it takes; `needs` what one must know before. `question` is asked before the reveal, `transfer` after it.
    """

    key: str
    version: int
    place: int
    title: str
    minutes: int
    needs: str
    picture: Picture
    question: Question
    transfer: Choice
    why: str
    paper: Paper
    falsified: str
    links: tuple[Link, ...]
    arms: tuple[Arm, ...]
    contrast: Contrast

    def arm(self, key: str) -> Arm:
        """Raises `KeyError` if it has none of that name."""
        for arm in self.arms:
            if arm.key == key:
                return arm
        raise KeyError(key)


def with_seeds(lesson: Lesson, seeds: int) -> Lesson:
    """The same lesson, decided by fewer networks."""
    return replace(lesson, contrast=replace(lesson.contrast, seeds=seeds))


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a course: a lesson by its key, a page, or only what is done in the room (both empty)."""

    minutes: int
    title: str
    text: str
    lesson: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A path through lessons and pages; `key` is the file's name."""

    key: str
    version: int
    title: str
    text: str
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.steps)


@dataclass(frozen=True, slots=True)
class Quiz:
    """Questions that are asked before a course and again after it."""

    key: str
    version: int
    title: str
    text: str
    questions: tuple[Choice, ...]
