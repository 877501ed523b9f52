"""What the page calls the choices of a configuration."""

import re
from collections.abc import Mapping
from enum import StrEnum

from normlab.choices import (
    Augmentation,
    BlockNumber,
    Dataset,
    DropoutPlace,
    L1Step,
    Norm,
    Optimizer,
    Schedule,
    Scope,
    Trainable,
    Widths,
)

WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    Dataset: {dataset: dataset.spec.name for dataset in Dataset},
    Augmentation: {Augmentation.NONE: "None", Augmentation.STUDY: "As in the study"},
    DropoutPlace: {DropoutPlace.BEFORE_NORM: "Before the norm", DropoutPlace.AFTER_NORM: "After it"},
    BlockNumber: {number: str(number) for number in BlockNumber},
    Trainable: {Trainable.ALL: "All", Trainable.NORM: "γ, β", Trainable.HEAD: "Head", Trainable.RANDOM: "Random"},
    Widths: {Widths.STUDY: "Study", Widths.EVEN: "Even"},
    Scope: {Scope.ALL: "All", Scope.WEIGHTS: "Weights", Scope.GAMMA: "γ", Scope.INNER: "Inner"},
    L1Step: {L1Step.SUBGRADIENT: "Subgradient", L1Step.PROXIMAL: "Proximal"},
    Optimizer: {Optimizer.SGD: "SGD", Optimizer.ADAM: "Adam"},
    Schedule: {
        Schedule.PLATEAU_TEST: "Halve when test loss stalls (study)",
        Schedule.PLATEAU_VALIDATION: "Halve when validation loss stalls",
        Schedule.ONE_CYCLE: "One cycle",
        Schedule.CONSTANT: "Constant",
    },
}
"""By kind, because members of two kinds may be equal as texts."""


def word(choice: StrEnum) -> str:
    return WORDS[type(choice)][choice]


def norm_word(norm: Norm) -> str:
    """ "Batch": beside the label "Normalization" the rest of the name is clear."""
    return norm.spec.word


def slug(text: object) -> str:
    """As the address writes it: "full-scale"."""
    return str(text).strip().lower().replace(",", "").replace(" ", "-")


def plain(text: str, limit: int = 240) -> str:
    """Text of unknown origin as markdown that shows it and does nothing else, cut to `limit` characters.

    What could become a link, an icon, an emoji or an arrow is cut by a word joiner, which is not seen: Streamlit looks
    for those after the markdown has been read, when a backslash before them is gone.
    """
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    short = words if len(words) <= limit else f"{words[: limit - 1]}…"
    escaped = "".join(f"\\{letter}" if letter in _MARKS else letter for letter in short)
    return _NUMBERED.sub("\\1\N{WORD JOINER}", _JOINTS.sub("\N{WORD JOINER}", escaped))


_MARKS = frozenset("\\`*_{}[]()<>#+-!|~$:^&@")
_JOINTS = re.compile(r"(?<=www)(?=\.)|(?<=:)(?=[\w/])|(?<=@)(?=\w)|(?<=[-<>~])(?=\\?[-<>=])", re.IGNORECASE)
_NUMBERED = re.compile(r"\A(\d+)(?=\.\s)")
