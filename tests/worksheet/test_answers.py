"""What a written statistic is: right, or that of a range that leaves something out."""

from collections.abc import Sequence

import numpy as np
import pytest

from normlab.choices import Norm
from normlab.normmath import Values, blocks, moments
from normlab.worksheet import STUDY_GROUPS, Statistic, StudyLayer, Subset, check, filled, published, sentences
from normlab.worksheet.answers import agrees, decimals, statistic_of, statistics
from normlab.worksheet.study import study_values

LAYERS = pytest.mark.parametrize("layer", StudyLayer)
PUBLISHED = (Norm.BN, Norm.LN, Norm.GN)


def variances(layer: StudyLayer) -> list[float | None]:
    found = published(layer, Norm.BN, STUDY_GROUPS, Statistic.VARIANCE)
    assert found is not None
    return list(found)


def told(values: Values, written: Sequence[float | None], norm: Norm = Norm.BN, groups: int = 2) -> list[str]:
    return sentences(norm, check(values, norm, groups, Statistic.VARIANCE, written))


@LAYERS
def test_the_studys_batchnorm_variances_leave_image_1_out(layer: StudyLayer) -> None:
    (sentence,) = told(study_values(layer), variances(layer))
    assert "variances of channels 1–4 are those of images 2–4 alone: image 1 was left out of the range" in sentence


@LAYERS
@pytest.mark.parametrize(
    ("norm", "statistic"),
    [(norm, kind) for norm in PUBLISHED for kind in statistics(norm) if (norm, kind) != (Norm.BN, Statistic.VARIANCE)],
)
def test_everything_else_in_the_studys_sheet_is_right(layer: StudyLayer, norm: Norm, statistic: Statistic) -> None:
    written = published(layer, norm, STUDY_GROUPS, statistic)
    assert written is not None
    answers = check(study_values(layer), norm, STUDY_GROUPS, statistic, written)
    assert not any(answer.wrong for answer in answers)
    assert sentences(norm, answers) == [f"All {len(answers)} published {statistic}s agree with the values."]


def test_where_several_choices_fit_one_number_the_row_decides() -> None:
    layer = StudyLayer.N_PLUS_1
    answers = check(study_values(layer), Norm.BN, 2, Statistic.VARIANCE, variances(layer))
    assert {source.kept for source in answers[0].sources} == {(0, 1, 3), (1, 2, 3)}
    assert "The same would come from" not in told(study_values(layer), variances(layer))[0]


def test_a_changed_number_changes_the_sentence() -> None:
    written = variances(StudyLayer.N)
    written[0] = 3.2
    first, second = told(study_values(StudyLayer.N), written)
    assert "variances of channels 2–4 are" in first
    assert second == "No choice of images gives the published variance of channel 1. 3.2 is written, 3.24609 is right."


def test_a_changed_value_in_the_sheet_changes_the_sentence() -> None:
    values = study_values(StudyLayer.N)
    values[1, 1, 0, 0] = 9
    first, second = told(values, variances(StudyLayer.N))
    assert "variances of channels 1, 3 and 4 are those of images 2–4" in first
    assert "No choice of images gives the published variance of channel 2." in second


def test_a_right_number_leaves_the_sentence() -> None:
    values, written = study_values(StudyLayer.N), variances(StudyLayer.N)
    written[0] = 3.246
    assert "variances of channels 2–4 are" in told(values, written)[0]
    assert told(values, [float(values[:, channel].var()) for channel in range(4)]) == [
        "All 4 published variances agree with the values."
    ]


def test_the_unbiased_variance_is_called_by_its_name() -> None:
    values = study_values(StudyLayer.N)
    (sentence,) = told(values, [float(values[:, 0].var(ddof=1)), None, None, None])
    assert sentence.startswith("The published variance of channel 1 is unbiased: divided by 15 instead of 16.")


@pytest.mark.parametrize(
    ("norm", "statistic"), [(norm, kind) for norm in Norm if norm is not Norm.IN for kind in statistics(norm)]
)
def test_whatever_a_range_leaves_out_is_found(norm: Norm, statistic: Statistic) -> None:
    values = np.random.default_rng(3).normal(size=(4, 6, 2, 2))
    found = blocks(norm, values.shape, 2)
    block = found[1]
    kept = (0, 2) if norm is Norm.BN else (block.channels[0], block.channels[-1])
    part = values[np.ix_(kept, block.channels)] if norm is Norm.BN else values[np.ix_(block.images, kept)]
    number = round(statistic_of(moments(part), statistic), 6)
    written = [number if other is block else None for other in found]
    answer = check(values, norm, 2, statistic, written)[1]
    assert answer.wrong
    assert Subset(kept) in answer.sources
    assert f"the {statistic}" in " ".join(sentences(norm, [answer])).replace("The published", "the")


def test_the_search_finds_what_plain_recomputation_finds() -> None:
    values = filled((3, 2, 2, 2), seed=5)
    for written in np.arange(0, 8, 0.125):
        answer = check(values, Norm.BN, 1, Statistic.VARIANCE, [float(written), None])[0]
        by_hand = {
            kept
            for kept in [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
            if agrees(float(written), float(values[list(kept), 0].var()))
        }
        if answer.wrong:
            assert {source.kept for source in answer.sources if not source.unbiased} == by_hand


def test_instancenorm_and_single_images_have_nothing_to_leave_out() -> None:
    values = filled((1, 2, 2, 2), seed=1)
    for norm in (Norm.BN, Norm.IN):
        texts = told(values, [99.0, None], norm)
        assert len(texts) == 1
        assert "is wrong" in texts[0]


@pytest.mark.parametrize(("written", "digits"), [(3.08333, 5), (3.5, 2), (4.0, 2), (0.0, 2), (2.6875, 4), (1e-7, 7)])
def test_a_number_counts_as_exact_as_it_is_written(written: float, digits: int) -> None:
    assert decimals(written) == digits
    assert agrees(written, written + 0.49 * 10.0**-digits)
    assert not agrees(written, written + 0.51 * 10.0**-digits)


def test_nothing_written_is_nothing_told() -> None:
    assert told(study_values(StudyLayer.N), [None] * 4) == []
