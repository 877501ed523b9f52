"""What is right and wrong in the study's normalization sheet, as the worksheet finds it out."""

from dataclasses import dataclass

from normlab.choices import Norm
from normlab.worksheet import STUDY_GROUPS, StudyLayer, check, published, sentences, statistics, study_values


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
