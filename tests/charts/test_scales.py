"""Coarse limits of axes."""

import math

import pandas as pd
import pytest

from normlab.charts import compare
from normlab.charts.scales import accuracy_floor, around, ceiling, highest, reach


@pytest.mark.parametrize("value", [1e-5, 0.003, 0.0999, 0.1, 1.0, 1.01, 2.5, 6.99, 99.0, 12_345.0])
def test_a_ceiling_is_above_its_value_and_at_most_twice_as_high(value: float) -> None:
    assert value <= ceiling([value]) <= 2 * value


def test_a_ceiling_moves_seldom() -> None:
    assert len({ceiling([1 + step / 1000]) for step in range(9000)}) <= 7


def test_what_is_not_finite_has_no_say() -> None:
    assert ceiling([math.nan, math.inf, 0.9]) == 1.0
    assert accuracy_floor([math.nan, 91.0]) == 90.0


def test_nothing_to_show_still_gives_an_axis() -> None:
    for low, high in (reach([]), reach([0.0, 0.0]), (0.0, ceiling([]))):
        assert low < high


@pytest.mark.parametrize(("values", "limits"), [([-2.2, 4.1], (-3, 5)), ([0.2, 0.6], (0, 0.7)), ([-0.3], (-0.3, 0))])
def test_reach_includes_zero_and_every_value(values: list[float], limits: tuple[float, float]) -> None:
    assert reach(values) == pytest.approx(limits)


@pytest.mark.parametrize(("lowest", "floor"), [(9.0, 0), (50.0, 50), (79.9, 50), (96.1, 95), (99.9, 98), (-1.0, 0)])
def test_an_accuracy_floor_lies_below_every_value(lowest: float, floor: float) -> None:
    assert accuracy_floor([lowest, 100.0]) == floor


@pytest.mark.parametrize(
    "values", [[100.0], [100.0, 100.0], [10.0, 99.9], [0.0, 100.0], [97.3, 98.8], [0.0], [], [99.99]]
)
def test_no_axis_of_accuracies_leaves_what_is_possible(values: list[float]) -> None:
    low, high = around(values, most=highest("%"))
    assert 0 <= low < high <= 100
    assert all(low <= value <= high for value in values)


def test_other_units_have_no_highest_value() -> None:
    assert around([99.9, 140.0], most=highest("nats"))[1] >= 140


@pytest.mark.parametrize(
    ("bn", "none", "limits"),
    [
        ((97.5, 98.0, 98.5), (97.0, 97.25, 10.0), (97.0, 98.5)),  # one seed failed: a cross at the edge
        ((97.5, 98.0, 98.5), (97.0, 10.0, 9.0), (0.0, 100.0)),  # most failed: that is what there is to see
        ((10.0, 10.25, 10.5), (9.5, 10.0, 11.0), (9.5, 11.0)),  # no seed is sound
    ],
)
def test_dots_leave_failed_seeds_at_the_edge_unless_an_arm_failed(
    bn: tuple[float, ...], none: tuple[float, ...], limits: tuple[float, float]
) -> None:
    frame = pd.DataFrame({"arm": ["BN"] * 3 + ["no norm"] * 3, "value": [*bn, *none]})
    assert compare.dots_limits(frame, "%", 54.0) == limits
