"""Training: the order of events, reproducibility, divergence, schedules, and that networks learn."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

import numpy as np
import pytest
import torch

from normlab.choices import Dataset, Schedule
from normlab.config import DataConfig, OptimConfig, RunConfig
from normlab.images import sample
from normlab.record import Ended, EpochEnd, Event, Score, Snapshot, Started, Status, StepEnd
from normlab.record_json import event_to_json
from normlab.settings import changed
from normlab.training import threads
from normlab.training.data import Splits, load_splits
from normlab.training.evaluate import evaluate
from normlab.training.model import StudyNet
from normlab.training.optimizers import make_optimizer
from normlab.training.schedule import LearningRate
from normlab.training.train import iter_events, live_steps, snapshot_epochs

SMALL = {"train_size": 96, "epochs": 2, "batch_size": 32, "dropout": 0.1}


def config(**settings: object) -> RunConfig:
    return changed(RunConfig(), {**SMALL, **settings})


def small(splits: Splits) -> Splits:
    """Fewer images to measure on: tests are quick."""
    return replace(splits, test=splits.test.first(60), validation=splits.validation and splits.validation.first(40))


def run(run_config: RunConfig) -> list[Event | Snapshot]:
    return list(iter_events(run_config, small(load_splits(run_config.data))))


def history(events: list[Event | Snapshot]) -> list[object]:
    """What must be the same again: everything but the seconds."""
    told: list[object] = []
    for event in events:
        if isinstance(event, Snapshot):
            weights = {name: array.tobytes() for name, array in event.weights.items()}
            told.append((event.epoch, weights, event.predicted.tobytes(), event.confidence.tobytes()))
        else:
            plain = replace(event, seconds=0.0) if isinstance(event, StepEnd | EpochEnd) else event
            told.append(event_to_json(plain))
    return told


def of(kind: type, events: list[Event | Snapshot]) -> list:  # type: ignore[type-arg]
    return [event for event in events if isinstance(event, kind)]


def test_a_run_tells_its_start_its_steps_its_epochs_and_its_end() -> None:
    events = run(config())
    kinds = [type(event).__name__ for event in events]
    epoch = ["StepEnd"] * 3 + ["EpochEnd", "Snapshot"]
    assert kinds == ["Started", "Snapshot", *epoch, *epoch, "Ended"]
    started = of(Started, events)[0]
    assert (started.steps, started.epochs, started.parameters) == (6, 2, 9_958)
    assert started.threads == threads.count()
    assert {"normlab", "torch", "numpy", "python"} <= set(started.versions)
    assert [(point.step, point.epoch) for point in of(StepEnd, events)] == [(s, 1 + (s > 3)) for s in range(1, 7)]
    assert [(end.epoch, end.step) for end in of(EpochEnd, events)] == [(1, 3), (2, 6)]
    assert events[-1] == Ended(Status.FINISHED)
    seconds = [point.seconds for point in of(StepEnd, events)]
    assert seconds == sorted(seconds)


def test_an_epoch_tells_what_the_network_answers_to_the_sample() -> None:
    events = run(config())
    labels = small(load_splits(config().data)).test.labels.numpy()
    ends = {end.epoch: end for end in of(EpochEnd, events)}
    for snapshot in of(Snapshot, events)[1:]:
        assert ends[snapshot.epoch].answers == "".join(map(str, snapshot.predicted[sample(labels)]))


def test_live_points_come_about_eight_times_an_epoch() -> None:
    assert live_steps(3) == {1, 2, 3}
    assert live_steps(25) == {4, 7, 10, 13, 16, 19, 22, 25}
    assert len(live_steps(430)) == 8
    assert max(live_steps(430)) == 430
    points = of(StepEnd, run(config(train_size=797, epochs=1)))
    assert [point.step for point in points] == [1, 4, 7, 10, 13, 16, 19, 22, 25]


def test_snapshots_are_log_spaced_from_the_start_to_the_end() -> None:
    assert snapshot_epochs(15, 800) == {0, 1, 2, 3, 5, 9, 15}
    assert snapshot_epochs(25, 10_000) == {0, 1, 5, 25}
    for epochs in range(1, 201):
        for images, most in ((800, 7), (10_000, 4)):
            kept = snapshot_epochs(epochs, images)
            assert {0, 1, epochs} <= kept
            assert len(kept) <= most
            assert max(kept) == epochs
    assert len(snapshot_epochs(200, 800)) == 7


def test_epoch_means_are_those_of_its_live_points() -> None:
    events = run(config(train_size=80, l1=1e-3, l2=1e-3))
    points, end = of(StepEnd, events)[:3], of(EpochEnd, events)[0]
    images = (32, 32, 16)
    for value, each in (
        (end.train.loss, [p.data_loss for p in points]),
        (end.penalty, [p.penalty for p in points]),
        (end.train.accuracy, [p.accuracy for p in points]),
    ):
        assert value == pytest.approx(sum(n * v for n, v in zip(images, each, strict=True)) / 80)
    assert end.penalty > 0


def test_scores_and_predictions_are_those_of_the_snapshots_network() -> None:
    run_config = config()
    splits = small(load_splits(run_config.data))
    events = list(iter_events(run_config, splits))
    last, snapshot = of(EpochEnd, events)[-1], of(Snapshot, events)[-1]
    net = StudyNet(run_config.model)
    net.load_state_dict({name: torch.tensor(array) for name, array in snapshot.weights.items()})
    evaluation = evaluate(net, splits.test)
    assert evaluation.score == last.test
    assert np.array_equal(evaluation.predicted, snapshot.predicted)
    assert np.array_equal(evaluation.confidence, snapshot.confidence)
    assert splits.validation is not None
    assert evaluate(net, splits.validation).score == last.validation
    assert evaluate(net, splits.clean).score == last.train_eval
    assert len(last.layers) == 8


def test_the_first_snapshot_is_the_untrained_network() -> None:
    first = of(Snapshot, run(config(seed=3)))[0]
    assert first.epoch == 0
    untrained = StudyNet(config().model, seed=3).state_dict()
    assert all(np.array_equal(first.weights[name], tensor.numpy()) for name, tensor in untrained.items())


CASES = [
    {},
    {"norms": ("ln", "gn"), "l1": 1e-3, "l1_step": "proximal"},
    {"augmentation": "study", "ghost_batch": 8, "optimizer": "adam", "lr": 0.01, "validation": False},
]


@pytest.mark.parametrize("settings", CASES)
def test_the_same_configuration_gives_the_same_history(settings: dict[str, object]) -> None:
    assert history(run(config(**settings))) == history(run(config(**settings)))


def test_two_runs_that_take_turns_do_not_disturb_each_other() -> None:
    configs = config(augmentation="study", dropout=0.3), config(norms=("gn",), dropout=0.2, seed=5)
    alone = [history(run(c)) for c in configs]
    runs = [iter_events(c, small(load_splits(c.data))) for c in configs]
    together: tuple[list[Event | Snapshot], list[Event | Snapshot]] = ([], [])
    for pair in zip_longest(*runs):
        torch.rand(3)
        for told, event in zip(together, pair, strict=True):
            told += [event] if event is not None else []
    assert [history(told) for told in together] == alone


@pytest.mark.parametrize("settings", [{"seed": 1}, {"dropout": 0.2}, {"augmentation": "study"}, {"label_noise": 0.2}])
def test_another_setting_gives_another_history(settings: dict[str, object]) -> None:
    one, other = of(StepEnd, run(config())), of(StepEnd, run(config(**settings)))
    assert [p.data_loss for p in one] != [p.data_loss for p in other]


def test_a_run_leaves_torchs_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    run(config(augmentation="study", epochs=1))
    assert torch.equal(torch.get_rng_state(), before)


def numbers(event: object) -> Iterator[float]:
    if isinstance(event, StepEnd):
        yield from (event.lr, event.data_loss, event.penalty, event.accuracy)
    elif isinstance(event, EpochEnd):
        for score in (event.train, event.train_eval, event.validation, event.test):
            yield from (score.loss, score.accuracy) if score else ()
        yield event.penalty
        for layer in event.layers:
            yield from (layer.weights.norm, layer.weights.gradient_norm)
            yield from (edge for stage in layer.stages for edge in (stage.histogram.low, stage.histogram.high))


@pytest.mark.parametrize("norms", [(), ("bn",)])
def test_a_run_that_diverges_says_so_and_tells_only_finite_numbers_before(norms: tuple[str, ...]) -> None:
    events = run(config(norms=norms, lr=10.0, epochs=30, schedule="constant", l2=0.5))
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.status is Status.DIVERGED
    assert "lower learning rate than 10" in ended.reason
    assert ("or a norm" in ended.reason) is (not norms)
    assert ended.reason.endswith(".")
    assert all(math.isfinite(number) for event in events for number in numbers(event))
    for event in events[:-1]:
        if not isinstance(event, Snapshot):
            event_to_json(event)
    assert len(events) > 3


def test_a_run_can_be_stopped_by_not_going_on() -> None:
    events = iter_events(config(epochs=200), small(load_splits(config().data)))
    for event in events:
        if isinstance(event, StepEnd):
            break
    events.close()
    assert list(events) == []


def rates(optim: OptimConfig, steps: int, per_epoch: int, losses: Iterator[float]) -> list[float]:
    optimizer = make_optimizer(optim, StudyNet())
    rate, told = LearningRate(optim, optimizer, steps), []
    for step in range(1, steps + 1):
        told.append(rate.now)
        optimizer.step()
        rate.after_step()
        if step % per_epoch == 0:
            score = Score(next(losses), 0.5)
            rate.after_epoch(test=score, validation=Score(0.0, 0.5))
    return told


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 10, 375])
def test_one_cycle_rises_to_its_highest_rate_and_falls_to_almost_nothing(steps: int) -> None:
    told = rates(OptimConfig(lr=0.2, schedule=Schedule.ONE_CYCLE), steps, 5, iter([1.0] * 100))
    assert max(told) <= 0.2 + 1e-12
    if steps > 4:
        peak = told.index(max(told))
        assert max(told) > 0.18
        assert told[: peak + 1] == sorted(told[: peak + 1])
        assert told[peak:] == sorted(told[peak:], reverse=True)
        assert told[0] == pytest.approx(0.2 / 25)
        assert told[-1] < 1e-4


def test_the_plateau_rule_halves_after_more_than_two_epochs_without_progress() -> None:
    losses = iter([1.0, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, *[0.95] * 40])
    told = rates(OptimConfig(lr=0.02, schedule=Schedule.PLATEAU_TEST), 48, 1, losses)
    assert told[:9] == [0.02] * 5 + [0.01] * 3 + [0.005]
    assert min(told) == told[-1] == 0.001


def test_the_validation_plateau_does_not_look_at_the_test_loss() -> None:
    told = rates(OptimConfig(lr=0.02, schedule=Schedule.PLATEAU_VALIDATION), 5, 1, iter([1.0, 0.5, 0.4, 0.3, 0.2]))
    assert told == [0.02] * 4 + [0.01]


def test_a_constant_rate_is_constant() -> None:
    assert set(rates(OptimConfig(lr=0.03, schedule=Schedule.CONSTANT), 20, 5, iter([1.0] * 9))) == {0.03}


@pytest.mark.parametrize("norms", [(), ("bn",), ("ln",), ("gn",), ("bn", "ln", "gn")])
def test_every_network_learns_fifty_images_by_heart(norms: tuple[str, ...]) -> None:
    gentle = {"optimizer": "adam", "lr": 0.01, "epochs": 80} if not norms else {"lr": 0.1, "epochs": 35}
    run_config = config(norms=norms, dropout=0.0, train_size=50, batch_size=25, validation=False, **gentle)
    splits = load_splits(run_config.data)
    ends = of(EpochEnd, list(iter_events(run_config, replace(splits, test=splits.test.first(10)))))
    assert ends[-1].train_eval.accuracy == 1.0
    assert ends[-1].train_eval.loss < 0.1 * ends[0].train.loss


def test_proximal_l1_leaves_exact_zeros_and_subgradient_l1_hardly_any() -> None:
    shares = {}
    for step in ("proximal", "subgradient"):
        ends = of(EpochEnd, run(config(l1=5e-3, l1_step=step, lr=0.1, epochs=6)))
        shares[step] = ends[-1].layers[4].weights.zeros
    assert shares["proximal"] > 0.2
    assert shares["subgradient"] < 0.01


@pytest.mark.slow
def test_the_default_recipe_reaches_97_percent_on_the_digits() -> None:
    ends = of(EpochEnd, list(iter_events(RunConfig(), load_splits(DataConfig()))))
    assert ends[-1].test.accuracy >= 0.97


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "least"), [(Dataset.MNIST, 0.6), (Dataset.FASHION_MNIST, 0.45)])
def test_the_real_sets_are_learned(dataset: Dataset, least: float) -> None:
    run_config = changed(
        RunConfig(), {"dataset": dataset, "train_size": 500, "epochs": 3, "batch_size": 10, "lr": 0.05}
    )
    splits = load_splits(run_config.data)
    assert len(splits.test) == 10_000
    events = list(iter_events(run_config, splits))
    end = of(EpochEnd, events)[-1]
    assert end.test.accuracy > least
    assert len(of(Snapshot, events)[-1].predicted) == 10_000
