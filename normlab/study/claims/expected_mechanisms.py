"""docs/predictions.md, first part: what each measurement of the mechanisms was expected to show."""

from collections.abc import Callable

from normlab.study.claims.expectations import Expectation, Range, about, above, accuracy, below, between, seeds_of
from normlab.study.results.measured import Results, Values
from normlab.study.results.mechanisms import (
    BASE,
    best_block,
    given_back,
    mean_of,
    of_epochs,
    removed,
    slow_swing_share,
    summary,
    swing_of,
)

GROUP = "Why BN + L1 + L2 swings"
_By = Callable[[Results], Values]


def _expect(
    subject: str, quote: str, measures: str, unit: str, values: _By, expected: Range, falls: Range | None = None
) -> Expectation:
    return Expectation(GROUP, subject, quote, measures, unit, seeds_of(values), expected, falls)


def _summary(arm: str, column: str) -> _By:
    return lambda results: summary(results, arm, column)


def _removes(arm: str) -> _By:
    return lambda results: removed(results, arm)


def _ratio(arm: str, column: str, by: str) -> _By:
    def ratio(results: Results) -> Values:
        whole = summary(results, arm, by)
        return {seed: value / whole[seed] for seed, value in summary(results, arm, column).items() if whole[seed]}

    return ratio


def _apart(arm: str, column: str, other: str) -> _By:
    def apart(results: Results) -> Values:
        second = summary(results, arm, other)
        return {seed: abs(value - second[seed]) for seed, value in summary(results, arm, column).items()}

    return apart


def _epochs(arm: str, number: Callable[..., float | None]) -> _By:
    return lambda results: of_epochs(results, arm, number)


_P = "points"
_LESS_THAN_HALF = below(0.5, "")

EXPECTATIONS: tuple[Expectation, ...] = (
    _expect("base", "test, running: mean 75 %", "test accuracy, running", "%",
            _summary(BASE, "test_running_mean"), accuracy(75)),
    _expect("base", "swing above 8 points", "swing, running", _P, _summary(BASE, "test_running_swing"), above(8, _P)),
    _expect("base", "lowest check below 55 %", "lowest check, running", "%",
            _summary(BASE, "test_running_lowest"), below(55, "%")),
    _expect("base", "test, batch: mean 93.5 %", "test accuracy, batch", "%",
            _summary(BASE, "test_batch_mean"), accuracy(93.5)),
    _expect("base", "test, batch: mean 93.5 %, swing below 2", "swing, batch", _P,
            _summary(BASE, "test_batch_swing"), below(2, _P)),
    _expect("base", "batch mode swings by more than half of running mode", "swing in batch mode / in running mode", "",
            _ratio(BASE, "test_batch_swing", "test_running_swing"), below(0.5, ""), above(0.5, "")),
    _expect("base", "the same on training images within 2 points", "training and test accuracy apart, running", _P,
            _apart(BASE, "train_running_mean", "test_running_mean"), below(2, _P)),
    _expect("control", "deficit below 0.3 points, swing below 0.5", "deficit without a penalty", _P,
            _summary("no-penalty", "deficit"), below(0.3, _P), above(2, _P)),
    _expect("control", "deficit below 0.3 points, swing below 0.5", "swing without a penalty", _P,
            _summary("no-penalty", "test_running_swing"), below(0.5, _P)),
    _expect("A: lag", "accuracy comes within 2 points of re-estimated statistics",
            "re-estimated accuracy minus that after 50 forward passes", _P,
            _epochs(BASE, mean_of(lambda one: one["reestimated_clean"] - one["forward_passes"])), below(2, _P)),
    _expect("A: lag", "it recovers less than half of the deficit", "share of the deficit that forward passes give back",
            "", _epochs(BASE, given_back(lambda one: one["forward_passes"])), above(0.5, ""), _LESS_THAN_HALF),
    _expect("A: lag", "deficit falls by half at 0.3", "share that momentum 0.3 explains", "",
            _removes("momentum-0.3"), above(0.5, ""), below(0, "")),
    _expect("A: lag", "to under 4 points at 0.5", "deficit at momentum 0.5", _P,
            _summary("momentum-0.5", "deficit"), below(4, _P)),
    _expect("B: noise", "deficit grows to above 30 points: the opposite of what B says", "deficit at momentum 0.01", _P,
            _summary("momentum-0.01", "deficit"), above(30, _P)),
    _expect("B: noise", "BN momentum 0.01", "share that momentum 0.01 explains", "",
            _removes("momentum-0.01"), below(0, ""), above(1e-9, "")),
    _expect("C: large steps", "base turns by about 0.03 rad a step", "angle of a step", "rad",
            _summary(BASE, "angle"), about(0.03, "rad")),
    _expect("C: large steps", "the projected arm by less than 0.015", "angle of a step, norms set back", "rad",
            _summary("projected", "angle"), below(0.015, "rad")),
    _expect("C: large steps", "the projection explains 70 % or more", "share that the projection explains", "",
            _removes("projected"), above(0.7, ""), below(0.3, "")),
    _expect("D: dead channels", "it gives back less than 20 % of the deficit",
            "share that batch statistics in channels of low variance give back", "",
            _epochs(BASE, given_back(lambda one: one["low_variance_channels"])), below(0.2, ""), above(0.5, "")),
    _expect("D: dead channels", "explains less than 40 %", "share that proximal L1 explains", "",
            _removes("proximal"), below(0.4, "")),
    _expect("D: dead channels", "it still swings by more than 5 points", "swing with proximal L1", _P,
            _summary("proximal", "test_running_swing"), above(5, _P)),
    _expect("D: dead channels", "its deficit is below 2 points", "deficit with proximal L1", _P,
            _summary("proximal", "deficit"), above(2, _P), below(2, _P)),
    _expect("E: weights", "swing 2 points over epochs; base in batch mode alike", "swing of GN + L1 + L2 over epochs",
            _P, _epochs("group-norm", swing_of("running")), about(2, _P), above(5, _P)),
    _expect("E: weights", "swing 2 points over epochs; base in batch mode alike", "swing of base in batch mode, epochs",
            _P, _epochs(BASE, swing_of("batch")), about(2, _P)),
    _expect("E: weights", "better than batch mode by 0.5 to 2 points", "mean of the weights against batch mode", _P,
            _epochs(BASE, mean_of(lambda one: one["averaged_weights"] - one["batch"])), between(0.5, 2, _P),
            below(0, _P)),
    _expect("F: images", "they differ by less than 1 point", "re-estimated on clean and on augmented images, apart", _P,
            _epochs(BASE, mean_of(lambda one: abs(one["reestimated_clean"] - one["reestimated_augmented"]))),
            below(1, _P), above(3, _P)),
    _expect("F: images", "base without dropout and augmentation", "share explained without dropout and augmentation",
            "", _removes("clean"), below(0.3, ""), above(0.7, "")),
    _expect("G: margins", "L1 spares the head and block 6's γ and β", "share explained where L1 spares them", "",
            _removes("inner-scope"), below(0.3, ""), above(0.7, "")),
    _expect("H: measuring", "training swings as test does, within 2 points", "swings on training and test images apart",
            _P, _apart(BASE, "train_running_swing", "test_running_swing"), below(2, _P)),
    _expect("H: measuring", "training images do not swing", "swing on training images, running", _P,
            _summary(BASE, "train_running_swing"), above(2, _P), below(2, _P)),
    _expect("H: measuring", "swing at lr ≤ 0.005 less than half of that at 0.02",
            "swing at lr ≤ 0.005 / at 0.02, of runs whose rate fell so low", "",
            lambda results: slow_swing_share(results, "study-schedule"), below(0.5, "")),
    _expect("layers", "the best single block gives back 25 to 50 %", "share that the best block gives back", "",
            _epochs(BASE, best_block), between(0.25, 0.5, ""), above(0.8, "")),
    _expect("layers", "no block more than 60 %", "share that the best block gives back", "",
            _epochs(BASE, best_block), below(0.6, "")),
    _expect("scope", "weights: explains less than 20 %", "share explained with L1 on weights only", "",
            _removes("weights-scope"), below(0.2, "")),
    _expect("scope", "γ: deficit below 3 points", "deficit with L1 on γ only", _P,
            _summary("gamma-scope", "deficit"), below(3, _P)),
)  # fmt: skip
