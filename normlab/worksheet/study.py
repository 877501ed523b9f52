"""The study's sheet: two layers of 4 images × 4 channels × 2×2 values, and the statistics it published for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from normlab.choices import Norm
from normlab.normmath import Values
from normlab.worksheet.answers import Statistic, check, sentences, statistics

CREDIT = (
    "Values and published statistics: the normalization sheet of "
    "[askmuhsin/cnn_regularizations](https://github.com/askmuhsin/cnn_regularizations) (EVA6 group 3, 2021)."
)
STUDY_GROUPS = 2
"""Groups of the study's GroupNorm."""

_SHAPE = (4, 4, 2, 2)


class StudyLayer(StrEnum):
    """The sheet's two layers."""

    N = "layer_n"
    N_PLUS_1 = "layer_n_plus_1"


@lru_cache(maxsize=1)
def _sheet() -> Mapping[str, Any]:
    """`study.json`; its published rows follow the order of `normmath.blocks`."""
    sheet: Mapping[str, Any] = json.loads((files("normlab.worksheet") / "study.json").read_text(encoding="utf-8"))
    return sheet


def study_values(layer: StudyLayer) -> Values:
    """The layer's values, (4, 4, 2, 2); a fresh array."""
    return np.array(_sheet()[layer]["values"], dtype=np.float64).reshape(_SHAPE)


def published(layer: StudyLayer, norm: Norm, groups: int, statistic: Statistic) -> tuple[float, ...] | None:
    """What the study wrote, a number a block; None where it wrote nothing."""
    if norm.spec.is_grouped and groups != STUDY_GROUPS:
        return None
    found = _sheet()[layer]["published"].get(norm, {}).get(statistic)
    return tuple(map(float, found)) if found else None


@dataclass(frozen=True, slots=True)
class SheetCheck:
    """Of `count` published statistics `wrong` are wrong; `causes` say in sentences why."""

    count: int
    wrong: int
    causes: tuple[str, ...]


def checked(layer: StudyLayer = StudyLayer.N) -> SheetCheck:
    """Every mean and variance that the study published for the layer."""
    values, count, wrong = study_values(layer), 0, 0
    causes: list[str] = []
    for norm in Norm:
        for statistic in statistics(norm):
            written = published(layer, norm, STUDY_GROUPS, statistic)
            answers = check(values, norm, STUDY_GROUPS, statistic, written) if written else []
            count += len(answers)
            if mistakes := [answer for answer in answers if answer.wrong]:
                wrong += len(mistakes)
                causes += sentences(norm, answers)
    return SheetCheck(count, wrong, tuple(causes))
