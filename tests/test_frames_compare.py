"""Several arms as data frames."""

from dataclasses import replace

import numpy as np
import pytest
import synthetic

from normlab import compare, frames
from normlab.compare import Arm, findings, unpaired
from normlab.compare.failures import GUESS
from normlab.config import RunConfig
from normlab.frames import OUTPUT, RELU, Band, Group
from normlab.identity import base
from normlab.labels import seeds_named, seeds_text, settings_text
from normlab.record import Score
from normlab.settings import changed
from normlab.store import Run
from normlab.titles import arm_title


def config(**settings: object) -> RunConfig:
    return changed(RunConfig(), {"epochs": 4, **settings})


def group(label: str = "BN", seeds: tuple[int, ...] = (0, 1, 2), history: bool = True, **settings: object) -> Group:
    runs = tuple(synthetic.run(config(seed=seed, **settings), history=history) for seed in seeds)
    return Group(label, Arm(base(config(**settings)), tuple(run.config for run in runs)), runs)


BN, GN = group(), group("GN", norms=("gn",))
ACCURACY = frames.ACCURACY


def test_finals_have_a_row_for_every_seed() -> None:
    frame = frames.finals([BN, GN], ACCURACY)
    assert list(frame["arm"]) == ["BN"] * 3 + ["GN"] * 3
    assert list(frame["seed"]) == [0, 1, 2] * 2
    assert frame["value"].iloc[1] == 100 * BN.runs[1].epochs[-1].test.accuracy
    assert list(frames.final_values(BN, ACCURACY).values()) == list(frame["value"][:3])


def test_arms_are_compared_by_accuracy_loss_training_accuracy_and_gap() -> None:
    units = [(metric.label, frames.difference_unit(metric)) for metric in frames.FINALS]
    assert units == [
        ("Test accuracy", "points"),
        ("Test loss", "nats"),
        ("Training accuracy, eval mode", "points"),
        ("Accuracy gap", "points"),
    ]


@pytest.mark.parametrize("band", [Band.SPREAD, Band.INTERVAL])
def test_a_band_lies_around_the_median_of_the_seeds(band: Band) -> None:
    frame = frames.bands([BN, GN], ACCURACY, band)
    assert len(frame) == 2 * 4
    values = [100 * run.epochs[-1].test.accuracy for run in BN.runs]
    last = frame[(frame["arm"] == "BN") & (frame["epoch"] == 4)].iloc[0]
    assert last["value"] == pytest.approx(np.median(values))
    ends = np.quantile(values, [0.25, 0.75]) if band is Band.SPREAD else (min(values), max(values))
    assert (last["low"], last["high"]) == pytest.approx(tuple(ends))


def with_accuracy(seed: int, share: float) -> Run:
    run = synthetic.run(config(seed=seed))
    return replace(run, epochs=tuple(replace(end, test=replace(end.test, accuracy=share)) for end in run.epochs))


@pytest.mark.parametrize("band", Band)
@pytest.mark.parametrize("accuracies", [(0.98, 0.99, 0.1), (1.0, 1.0, 0.1, 0.1), (0.0, 1.0)])
def test_a_band_of_accuracies_stays_within_0_and_100_percent(band: Band, accuracies: tuple[float, ...]) -> None:
    runs = tuple(with_accuracy(seed, share) for seed, share in enumerate(accuracies))
    frame = frames.bands([Group("BN", BN.arm, runs)], ACCURACY, band)
    assert frame["low"].min() >= 100 * min(accuracies)
    assert frame["high"].max() <= 100 * max(accuracies)


def test_every_seed_says_how_it_ended_and_a_contrast_how_many_failed() -> None:
    lost = replace(BN, arm=replace(BN.arm, diverged=(3,)))
    frame = frames.finals([lost, GN], ACCURACY)
    assert list(frame["outcome"]) == ["finished"] * 3 + ["diverged"] + ["finished"] * 3
    assert frame["value"].iloc[3] == GUESS, "which is no measurement, so the file must say so"
    alone = group(seeds=(0,))
    (bad,) = (replace(run, epochs=(replace(run.epochs[-1], test=Score(2.3, 0.3)),)) for run in alone.runs)
    stuck = replace(alone, label="stuck", runs=(bad,))
    assert list(frames.finals([stuck, GN], ACCURACY)["outcome"]) == ["failed"] + ["finished"] * 3
    shares = frames.failures([lost, GN])
    values = [list(frames.final_values(one, ACCURACY).values()) for one in (lost, GN)]
    (found,) = findings([unpaired(values[0], values[1], (shares["BN"], shares["GN"]))], "points")
    row = frames.differences(["GN"], [found]).iloc[0]
    assert (row["failed"], row["reference_failed"]) == ("0 of 3", "1 of 4")


def test_failed_seeds_are_counted_by_one_threshold_and_diverged_ones_with_them() -> None:
    runs = tuple(with_accuracy(seed, share) for seed, share in enumerate((0.97, 0.44, 0.96)))
    one = Group("none", replace(BN.arm, diverged=(7,)), runs)
    other = Group("BN", BN.arm, tuple(with_accuracy(seed, 0.98) for seed in range(3)))
    assert frames.failure_threshold([one, other]) == pytest.approx(54)
    counts = {label: share.text for label, share in frames.failures([one, other]).items()}
    assert counts == {"none": "2 of 4", "BN": "0 of 3"}
    assert frames.final_values(one, ACCURACY)[7] == 10, "a network that diverged guesses"
    assert 7 not in frames.final_values(one, frames.FINALS[1])


def test_every_seed_is_a_row_of_its_own() -> None:
    frame = frames.bands([BN], ACCURACY, Band.SEEDS)
    assert len(frame) == 3 * 4
    assert frame["run"].nunique() == 3


@pytest.mark.parametrize("band", Band)
def test_one_seed_has_a_curve_and_no_band(band: Band) -> None:
    frame = frames.bands([group(seeds=(0,))], ACCURACY, band)
    assert len(frame) == 4
    assert (frame["low"] == frame["high"]).all()


def test_a_metric_that_no_run_measures_has_no_rows() -> None:
    metric = next(metric for metric in frames.METRICS if metric.label == "Validation accuracy")
    assert frames.bands([group(validation=False)], metric, Band.SPREAD).empty
    assert frames.finals([group(validation=False)], metric).empty


def test_differences_have_the_numbers_of_the_findings() -> None:
    bn, gn = (list(frames.final_values(group, ACCURACY).values()) for group in (BN, GN))
    found = compare.findings([compare.unpaired(bn, gn), compare.unpaired([1.0], [2.0])], "points", 0.1)
    frame = frames.differences(["GN − BN", "single"], found)
    first, second = frame.iloc[0], frame.iloc[1]
    assert found[0].estimate is not None
    assert (first["low"], first["high"]) == (found[0].estimate.low, found[0].estimate.high)
    assert (first["seeds"], first["level"], first["needed"]) == (3, pytest.approx(0.9), found[0].seeds_needed)
    assert np.isnan(first["holm"]), "three seeds cannot decide, so there is nothing to correct"
    assert second["difference"] == 1.0
    assert np.isnan(second["p"])
    assert second["verdict"] == "too few seeds to decide"


def test_restlessness_is_the_spread_of_a_runs_own_later_epochs() -> None:
    values = [[100 * end.test.accuracy for end in run.epochs[2:]] for run in BN.runs]
    assert frames.restlessness(BN, ACCURACY) == pytest.approx(np.mean([np.std(part, ddof=1) for part in values]))
    assert frames.restlessness(group(epochs=1), ACCURACY) is None


def test_a_histograms_area_is_all_of_the_values() -> None:
    layers = frames.group_layers([BN, GN], {"BN": 0, "GN": 2}, "block2")
    for stage in (RELU, OUTPUT):
        frame = frames.group_histograms(layers, stage)
        areas = (frame["density"] * (frame["high"] - frame["low"])).groupby(frame["arm"]).sum()
        assert areas.to_numpy() == pytest.approx([100, 100], rel=1e-4)


def test_channels_are_sorted_because_they_have_no_counterparts() -> None:
    layers = frames.group_layers([BN], {"BN": 1}, "block3")
    frame = frames.group_channels(layers, OUTPUT, "std")
    assert list(frame["rank"]) == list(range(1, 17))
    assert frame["value"].is_monotonic_increasing
    assert frame["value"].iloc[0] == pytest.approx(layers["BN"].stages[-1].std.min())


def test_the_output_of_a_block_is_its_last_norm_or_relu() -> None:
    bare, two = group(norms=()), group(norms=("bn", "gn"))
    found = frames.group_layers([bare], {"BN": 0}, "block1") | {
        "two": frames.group_layers([two], {"BN": 0}, "block1")["BN"]
    }
    assert frames.stage_of(found["BN"], OUTPUT) == "relu"
    assert frames.stage_of(found["two"], OUTPUT) == "gn"
    assert frames.stage_of(found["two"], RELU) == "relu"


def test_layers_over_the_epochs_have_a_row_for_every_kept_epoch() -> None:
    whole, last = group(seeds=(0,)), group("GN", seeds=(0, 1), history=False)
    frame = frames.layer_curves([whole, last], "block1", OUTPUT, "std")
    assert list(frame[frame["arm"] == "BN"]["epoch"]) == [1, 2, 3, 4]
    assert list(frame[frame["arm"] == "GN"]["epoch"]) == [4, 4]


def test_labels_say_what_tells_arms_apart_and_which_seed_was_picked() -> None:
    arms = [BN.arm, GN.arm, GN.arm.only(2)]
    assert [one.label for one in frames.groups(arms, lambda arm: [])] == ["BN", "GN(2)", "GN(2) · seed 2"]
    assert [one.label for one in frames.groups([BN.arm, BN.arm.only(1)], lambda arm: [])] == ["all seeds", "seed 1"]
    assert frames.groups([BN.arm], lambda arm: [])[0].label == "BN · dropout 0.05 · digits · epochs 4"


def test_an_arms_title_names_what_its_recipe_does_not_have() -> None:
    assert arm_title(RunConfig()) == "BN · dropout 0.05 · digits"
    assert arm_title(config(lr=0.5, seed=3)) == "BN · dropout 0.05 · digits · learning rate 0.5 · epochs 4"
    assert settings_text(config(l1=0.001), ["l1"]) == "L1 0.001"
    assert settings_text(config(norms=("gn",)), ["norms"]) == "GN(2)"
    assert seeds_text(1) == "1 seed"


def test_a_design_has_its_four_arms_in_two_lines() -> None:
    four = [BN, group("BN + L1", l1=1e-3), GN, group("GN + L1", norms=("gn",), l1=1e-3)]
    frame = frames.design_means(four, ACCURACY)
    assert len(frame) == 12
    assert list(frame.groupby(["side", "x"], sort=False).size()) == [3] * 4
    assert set(frame[frame["arm"] == "GN + L1"]["side"]) == {"B"}


def test_seeds_are_named_by_number_and_a_long_row_by_its_ends() -> None:
    assert seeds_named([3]) == "1 seed (3)"
    assert seeds_named([0, 1, 2]) == "3 seeds (0, 1, 2)"
    assert seeds_named(range(10)) == "10 seeds (0 to 9)"
    assert seeds_named([0, 1, 2, 3, 4, 171]) == "6 seeds (0, 1, 2, 3, 4, 171)"
