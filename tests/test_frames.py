"""Runs as data frames."""

from dataclasses import replace

import numpy as np
import pytest
import synthetic

from normlab import frames
from normlab.config import RunConfig
from normlab.labels import difference_labels
from normlab.mismatch import Mismatch
from normlab.record import Snapshot, Status
from normlab.settings import changed


def config(**settings: object) -> RunConfig:
    return changed(RunConfig(), settings)


def test_curves_have_a_row_for_every_epoch_and_measured_series() -> None:
    run = synthetic.run(config(epochs=4))
    frame = frames.curves([run])
    assert len(frame) == 4 * 4
    assert set(frame["series"]) == set(frames.SERIES)
    last = frame[(frame["epoch"] == 4) & (frame["series"] == "test")].iloc[0]
    assert last["accuracy"] == 100 * run.epochs[-1].test.accuracy
    assert last["loss"] == run.epochs[-1].test.loss


def test_without_a_validation_split_there_is_no_validation_series() -> None:
    run = synthetic.run(config(validation=False, epochs=3))
    assert "validation" not in set(frames.curves([run])["series"])
    assert frames.epochs(run)["validation_loss"].isna().all()
    assert frames.overlay([run], next(m for m in frames.METRICS if m.label == "Validation accuracy")).empty


def test_frames_of_a_run_that_has_told_nothing_have_columns_and_no_rows() -> None:
    run = synthetic.run(status=Status.RUNNING, epochs=0, steps=0)
    for frame in (frames.curves([run]), frames.steps(run), frames.epochs(run), frames.overview(run)):
        assert frame.empty
        assert len(frame.columns)
    assert frames.gap(run) is None
    assert frames.layer_epochs(run) == []


def test_live_points_come_before_the_first_epoch_ends() -> None:
    run = synthetic.run(status=Status.RUNNING, epochs=0, steps=3)
    frame = frames.steps(run)
    assert len(frame) == 3
    assert frame["epoch"].between(0, 1).all()


def test_a_run_without_live_points_has_a_point_an_epoch() -> None:
    run = synthetic.run(config(epochs=4), steps=0)
    assert not run.steps
    frame = frames.steps(run)
    assert list(frame["epoch"]) == [1, 2, 3, 4]
    assert list(frame["data_loss"]) == [end.train.loss for end in run.epochs]
    assert frame["seconds"].iloc[-1] == pytest.approx(sum(end.seconds for end in run.epochs))


def test_a_steps_epoch_is_a_fraction_that_ends_at_the_last_epoch() -> None:
    run = synthetic.run(config(epochs=4))
    assert frames.steps(run)["epoch"].iloc[-1] == 4
    assert frames.steps(run)["epoch"].is_monotonic_increasing


def test_the_gap_is_training_minus_test_accuracy_in_points_both_in_eval_mode() -> None:
    run = synthetic.run(config(epochs=5))
    end, gap = run.epochs[-1], frames.gap(run)
    assert gap is not None
    assert gap.epoch == 5
    assert gap.accuracy == pytest.approx(100 * (end.train_eval.accuracy - end.test.accuracy))
    assert gap.loss == pytest.approx(end.test.loss - end.train_eval.loss)


def test_the_log_has_every_number_of_every_epoch() -> None:
    run = synthetic.run(config(epochs=3, l1=1e-3))
    row, end = frames.epochs(run).iloc[1], run.epochs[1]
    assert row["epoch"] == end.epoch
    assert row["step"] == end.step
    assert row["lr"] == end.lr
    assert row["penalty"] == end.penalty
    assert row["train_loss"] == end.train.loss
    assert row["train_accuracy"] == 100 * end.train.accuracy
    assert row["train_eval_loss"] == end.train_eval.loss
    assert end.validation is not None
    assert row["validation_accuracy"] == 100 * end.validation.accuracy
    assert row["test_loss"] == end.test.loss
    assert row["seconds"] == end.seconds


def test_labels_name_only_the_settings_that_differ() -> None:
    runs = [synthetic.run(config(**s)) for s in ({"norms": ("bn",), "epochs": 1}, {"norms": ("ln",), "epochs": 1})]
    assert difference_labels(runs) == ["BN", "LN"]


@pytest.mark.parametrize(
    ("first", "second", "labels"),
    [
        ({"l1": 1e-3}, {}, ["L1 0.001", "no L1"]),
        ({"seed": 1}, {"seed": 2}, ["seed 1", "seed 2"]),
        ({"validation": True}, {"validation": False}, ["validation split", "no validation split"]),
        ({"lr": 0.1}, {"lr": 0.05}, ["learning rate 0.1", "learning rate 0.05"]),
        ({"dropout": 0.0, "seed": 3}, {"seed": 4}, ["no dropout · seed 3", "dropout 0.05 · seed 4"]),
        ({"norms": ("gn",), "groups": 1}, {"norms": ("gn",), "groups": 2}, ["GN(1)", "GN(2)"]),
        ({"groups": 1}, {"groups": 2}, None),  # groups mean nothing to a network without GroupNorm
    ],
)
def test_labels_of_two_runs(first: dict[str, object], second: dict[str, object], labels: list[str] | None) -> None:
    runs = [synthetic.run(config(epochs=1, **settings)) for settings in (first, second)]
    found = difference_labels(runs)
    assert found == labels if labels else found[0] == found[1]


def test_labels_of_runs_that_differ_are_different() -> None:
    arms = [{"norms": n, "dropout": d, "l2": l2} for n in ((), ("bn",)) for d in (0.0, 0.05) for l2 in (0.0, 1e-3)]
    labels = difference_labels([synthetic.run(config(epochs=1, **arm)) for arm in arms])
    assert len(set(labels)) == len(arms)


def test_channel_statistics_have_a_row_for_every_channel_and_stage() -> None:
    run = synthetic.run(config(norms=("bn", "gn"), epochs=2))
    stats = frames.layer_at(run, 2, "block3")
    frame = frames.channels(stats)
    assert list(dict.fromkeys(frame["stage"])) == ["relu", "bn", "gn"]
    assert (frame.groupby("stage")["channel"].max() == 16).all()
    assert frame["zeros"].max() > 1, "zeros are in percent"


def test_histograms_keep_every_share_and_cover_their_range() -> None:
    stats = frames.layer_at(synthetic.run(config(epochs=1)), 1, "block1")
    frame = frames.histograms(stats)
    assert frame.groupby("stage")["share"].sum().to_numpy() == pytest.approx([100, 100], abs=0.01)
    relu = frame[frame["stage"] == "relu"]
    assert relu["low"].iloc[1:].to_numpy() == pytest.approx(relu["high"].iloc[:-1].to_numpy())
    assert relu["high"].iloc[-1] == pytest.approx(stats.stages[0].histogram.high)


def test_layers_of_an_epoch_that_kept_none_are_refused_by_name() -> None:
    run = synthetic.run(config(epochs=3), history=False)
    assert frames.layer_epochs(run) == [3]
    with pytest.raises(LookupError, match="Epoch 2"):
        frames.layer_at(run, 2, "block1")


def test_a_memory_that_fits_has_no_mismatch_and_a_shifted_one_has_its_shift() -> None:
    stats = frames.layer_at(synthetic.run(config(epochs=1)), 1, "block2")
    before, norm = stats.stages[0], stats.norms[0]

    def remembering(mean: np.ndarray, std: np.ndarray) -> Mismatch:
        state = type(norm)(norm.norm, norm.gamma, norm.beta, mean, std)
        found = frames.mismatch(type(stats)(stats.layer, stats.weights, stats.stages, (state,)))
        assert found is not None
        return found

    same = remembering(before.mean, before.std)
    assert (same.shift, same.ratio) == pytest.approx((0, 1))
    other = remembering(before.mean + 2 * before.std, 3 * before.std)
    assert (other.shift, other.ratio) == pytest.approx((2, 3), rel=1e-5)


@pytest.mark.parametrize("norms", [(), ("ln",), ("gn", "in")])
def test_without_batchnorm_there_is_no_memory_to_compare(norms: tuple[str, ...]) -> None:
    stats = frames.layer_at(synthetic.run(config(norms=norms, epochs=1)), 1, "block1")
    assert frames.running(stats).empty
    assert frames.mismatch(stats) is None
    assert len(frames.affine(stats)) == 6 * len(norms)


def test_a_norm_without_an_offset_has_no_beta() -> None:
    stats = synthetic.run(config(norms=("rms", "gn"))).epochs[-1].layers[0]
    frame = frames.affine(stats).set_index("norm")
    assert frame["gamma"].notna().all()
    assert frame.loc["rms", "beta"].isna().all()
    assert frame.loc["gn", "beta"].notna().all()
    run = synthetic.run(config(norms=("rms",)))
    limits = frames.layer_limits(run, "block1")
    assert (bool(limits["gamma"]), limits["beta"]) == (True, [])


def test_a_block_whose_channels_are_all_dead_has_no_mismatch() -> None:
    stats = frames.layer_at(synthetic.run(config(epochs=1)), 1, "block1")
    relu = stats.stages[0]
    dead = type(relu)("relu", 0 * relu.mean, 0 * relu.std, 0 * relu.zeros + 1, relu.histogram)
    assert frames.mismatch(type(stats)(stats.layer, stats.weights, (dead, stats.stages[1]), stats.norms)) is None


def test_a_weight_histogram_counts_every_weight_once_and_centers_a_bin_on_zero() -> None:
    frame = frames.weight_histogram(np.array([-0.9, 0.0, 0.0, 0.9]), 1.0)
    assert frame["share"].sum() == pytest.approx(100)
    middle = frame[(frame["low"] < 0) & (frame["high"] > 0)].iloc[0]
    assert middle["share"] == 50
    assert middle["low"] == pytest.approx(-middle["high"])


def test_filters_keep_each_value_in_its_place() -> None:
    array = np.arange(2 * 9, dtype=np.float32).reshape(2, 1, 3, 3)
    frame = frames.filters(array)
    for row in frame.itertuples():
        assert array[row.filter - 1, 0, row.row, row.column] == row.value


def snapshot(predicted: list[int], confidence: list[float]) -> Snapshot:
    return Snapshot(3, {}, np.array(predicted, np.uint8), np.array(confidence, np.float32))


def test_the_confusion_matrix_counts_every_image_once() -> None:
    found = frames.predictions(snapshot([0, 1, 1, 2], [0.9, 0.8, 0.7, 0.6]), np.array([0, 0, 1, 2], np.uint8))
    matrix = frames.confusion(found, ("a", "b", "c")).set_index(["true", "predicted"])
    assert matrix["count"].sum() == 4
    assert matrix.loc[("a", "b"), "count"] == 1
    assert matrix.loc[("b", "b"), "count"] == 1
    assert matrix[matrix["mistake"]]["count"].sum() == 1


def test_accuracy_of_each_class() -> None:
    found = frames.predictions(snapshot([0, 1, 1, 1], [1, 1, 1, 1]), np.array([0, 0, 1, 1], np.uint8))
    frame = frames.per_class(found, ("a", "b", "c"))
    assert list(frame["accuracy"][:2]) == [50, 100]
    assert np.isnan(frame["accuracy"][2]), "a class without images has no accuracy"
    assert list(frame["mistakes"]) == [1, 0, 0]


def test_predictions_for_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="2 images"):
        frames.predictions(snapshot([0, 1], [1, 1]), np.zeros(3, np.uint8))


def test_a_channel_whose_values_differ_by_rounding_alone_is_constant() -> None:
    found = synthetic.run(RunConfig()).epochs[-1].layers[0]
    before = replace(found.stages[0], std=np.full_like(found.stages[0].std, 1e-9))
    assert frames.mismatch(found) is not None
    assert frames.mismatch(replace(found, stages=(before, *found.stages[1:]))) is None, "else 460,933,312 deviations"
