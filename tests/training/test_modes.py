"""BatchNorm's three modes: which statistics, of which images, and that the network stays as it was."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from normlab.choices import Norm, Statistics
from normlab.config import DataConfig, ModelConfig, RunConfig
from normlab.datasets import CLASSES
from normlab.record import EpochEnd
from normlab.settings import changed
from normlab.training.data import Split, Splits, load_splits
from normlab.training.evaluate import evaluate, judge
from normlab.training.model import StudyNet
from normlab.training.modes import batch_norms, evaluate_with, reestimated, twin
from normlab.training.seeds import generator
from normlab.training.train import iter_events

SETTINGS = {"train_size": 300, "epochs": 3, "batch_size": 30}


def small(splits: Splits) -> Splits:
    return replace(splits, test=splits.test.first(200), validation=None, clean=splits.clean.first(100))


@pytest.fixture(scope="module")
def splits() -> Splits:
    return small(load_splits(DataConfig(train_size=300)))


@pytest.fixture(scope="module")
def trained(splits: Splits) -> StudyNet:
    """A network with BatchNorm that has learned something, and remembers ghosts and dropout."""
    config = changed(RunConfig(), {**SETTINGS, "epochs": 8, "ghost_batch": 15})
    *_, last, _ = iter_events(config, splits)
    net = StudyNet(config.model)
    net.load_state_dict({name: torch.tensor(array) for name, array in last.weights.items()})  # type: ignore[union-attr]
    return net


def copy_of(net: StudyNet) -> StudyNet:
    other = StudyNet(net.config)
    other.load_state_dict(net.state_dict())
    return other


@pytest.mark.parametrize("norms", [(), ("ln",), ("gn", "in")])
def test_a_network_without_batch_norm_is_the_same_in_all_modes(splits: Splits, norms: tuple[Norm, ...]) -> None:
    net = StudyNet(ModelConfig(norms=norms, dropout=0.3))
    running, batch, precise = (evaluate_with(mode, net, splits) for mode in Statistics)
    assert running.score == batch.score == precise.score
    assert np.array_equal(running.predicted, batch.predicted)
    assert np.array_equal(running.confidence, precise.confidence)


def test_running_statistics_are_plain_eval_mode(splits: Splits, trained: StudyNet) -> None:
    assert evaluate_with(Statistics.RUNNING, trained, splits).score == evaluate(trained, splits.test).score


def test_batch_statistics_are_train_mode_without_dropout_and_ghosts(splits: Splits, trained: StudyNet) -> None:
    """200 test images make one batch; the answers come back in the test set's order."""
    plain = StudyNet(replace(trained.config, dropout=0.0, ghost_batch=0))
    plain.load_state_dict(trained.state_dict())
    with torch.no_grad():
        expected = judge(plain.train()(splits.test.batch(slice(None))[0]), splits.test)
    found = evaluate_with(Statistics.BATCH, trained, splits)
    assert found.score.loss == pytest.approx(expected.score.loss, rel=1e-4)
    assert (found.predicted == expected.predicted).mean() > 0.99


def test_batches_are_shuffled_parts_of_about_a_thousand() -> None:
    """Of 1,500 images, 750 make a batch, chosen by a fixed shuffle: each part is normalized on its own."""
    random = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (1500, 1, 28, 28), generator=random, dtype=torch.uint8)
    test = Split(pixels, torch.arange(1500) % CLASSES, (0.5, 0.3))
    net = StudyNet()
    found = evaluate_with(Statistics.BATCH, net, Splits(DataConfig(), test, None, test, test))
    order = torch.randperm(1500, generator=generator(0, "test batches"))
    answers = torch.empty(1500, CLASSES)
    with torch.no_grad():
        for index in (order[:750], order[750:]):
            answers[index] = twin(net).train()(test.batch(index)[0])
    assert np.array_equal(found.predicted, judge(answers, test).predicted)


def test_reestimated_statistics_are_those_of_all_images_as_one_batch(splits: Splits, trained: StudyNet) -> None:
    precise = reestimated(trained, splits.train)
    images = splits.train.batch(slice(None))[0]
    with torch.no_grad():
        as_one_batch, with_population = twin(trained).train()(images), precise.eval()(images)
    assert torch.allclose(as_one_batch, with_population, atol=1e-3)
    again = reestimated(precise, splits.train)
    for one, other in zip(batch_norms(precise).values(), batch_norms(again).values(), strict=True):
        assert torch.allclose(one.running_mean, other.running_mean, atol=1e-5)
        assert torch.allclose(one.running_var, other.running_var, rtol=1e-4)


def test_augmented_images_have_other_statistics(splits: Splits, trained: StudyNet) -> None:
    clean = batch_norms(reestimated(trained, splits.train))["block1"].running_mean
    augmented = batch_norms(reestimated(trained, splits.train, augmented=True))["block1"].running_mean
    again = batch_norms(reestimated(trained, splits.train, augmented=True))["block1"].running_mean
    assert not torch.allclose(clean, augmented, rtol=1e-3)
    assert torch.equal(augmented, again)


def test_a_scaled_network_is_broken_for_running_statistics_only(splits: Splits, trained: StudyNet) -> None:
    """BatchNorm takes a scale out again, so that shrinking the blocks' convolutions changes no batch-mode answer; but
    the memory is of the larger activations. Measuring it again restores the network (science.md, claim 1)."""
    scaled = copy_of(trained)
    for name, parameter in scaled.named_parameters():
        if name.startswith("block") and name.endswith("conv.weight"):
            parameter.data.mul_(0.5)
    before = {mode: evaluate_with(mode, trained, splits).score.accuracy for mode in Statistics}
    after = {mode: evaluate_with(mode, scaled, splits).score.accuracy for mode in Statistics}
    assert before[Statistics.RUNNING] > 0.6
    assert after[Statistics.BATCH] == pytest.approx(before[Statistics.BATCH], abs=0.011)
    assert after[Statistics.REESTIMATED] == pytest.approx(before[Statistics.REESTIMATED], abs=0.011)
    assert after[Statistics.RUNNING] < before[Statistics.RUNNING] - 0.2


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("mode", Statistics)
def test_measuring_never_alters_the_network(
    splits: Splits, trained: StudyNet, mode: Statistics, training: bool
) -> None:
    net = copy_of(trained).train(training)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    random = torch.get_rng_state()
    evaluate_with(mode, net, splits, augmented=True)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert {module.training for module in net.modules()} == {training}
    assert torch.equal(torch.get_rng_state(), random)


def test_a_run_records_its_modes_after_its_last_epoch_or_if_asked_all_and_trains_the_same(splits: Splits) -> None:
    config = changed(RunConfig(), SETTINGS)
    with_modes, without = (
        [event for event in iter_events(c, splits) if isinstance(event, EpochEnd)]
        for c in (changed(config, {"bn_modes": True}), config)
    )
    assert [end.modes for end in without] == [None, None, with_modes[-1].modes]
    assert [end.test for end in with_modes] == [end.test for end in without]
    scores = [end.modes.batch for end in with_modes if end.modes]
    assert len(scores) == 3
    assert all(one != other for one, other in pairwise(scores))
