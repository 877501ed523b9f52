"""Numpy against torch where a network is not in eval mode: statistics of the batch, and measured again."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from stress_kit import made_up
from test_inference import MODELS, network, weights

from normlab import inference
from normlab.config import DataConfig, ModelConfig
from normlab.inference import Mode
from normlab.record import Floats
from normlab.stresses import Stress, apply
from normlab.stresses.network import remeasured
from normlab.stresses.sample import population
from normlab.training.answers import answers
from normlab.training.data import load_splits
from normlab.training.model import StudyNet
from normlab.training.modes import reestimated, twin

REMEMBERING = {name: model for name, model in MODELS.items() if model.remembers}
TEST = load_splits(DataConfig()).test
ONES = np.ones((4, 1, 1, 1), np.float32)


@pytest.mark.parametrize("model", REMEMBERING.values(), ids=REMEMBERING)
@pytest.mark.parametrize(("size", "count"), [(32, 1), (1, 5), (7, 3)])
def test_statistics_of_the_batch_are_those_of_train_mode(model: ModelConfig, size: int, count: int) -> None:
    """Without dropout and ghosts, and nothing is remembered of it."""
    net = network(model)
    own = weights(net)
    before = {name: value.copy() for name, value in own.items()}
    x, _ = TEST.first(size * count).batch(slice(None))
    found = inference.forward(model, own, x.numpy(), Mode(batches=count))
    with torch.no_grad():
        expected = torch.cat([twin(net).train()(part) for part in x.split(size)])
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-4, atol=1e-4)
    for name, value in own.items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_dropout_that_is_left_on_multiplies_as_in_train_mode(model: ModelConfig) -> None:
    """With all factors 1 nothing happens; with one factor for all of a block's values it is as if torch had it."""
    net, (x, _) = network(model), TEST.first(4).batch(slice(None))
    plain = inference.forward(model, weights(net), x.numpy())
    ones = inference.forward(model, weights(net), x.numpy(), Mode(dropout=lambda block: ONES))
    np.testing.assert_array_equal(ones, plain)
    if model.dropout:
        none = inference.forward(model, weights(net), x.numpy(), Mode(dropout=lambda block: 0 * ONES))
        np.testing.assert_allclose(none, none[:1].repeat(4, axis=0), rtol=1e-6)


@pytest.mark.parametrize("model", REMEMBERING.values(), ids=REMEMBERING)
def test_statistics_measured_again_are_those_of_torch(model: ModelConfig) -> None:
    net = network(model)
    expected = reestimated(net, load_splits(DataConfig()).train).state_dict()
    found = remeasured(model, weights(net), population(DataConfig()))
    for name, value in expected.items():
        torch.testing.assert_close(torch.from_numpy(np.array(found[name])), value, rtol=2e-4, atol=2e-5)


def test_moments_are_told_with_each_norm() -> None:
    model = replace(ModelConfig(), dropout=0.0)
    x, own = TEST.first(6).batch(slice(None))[0].numpy(), weights(network(model))
    steps = list(inference.outputs(model, own, x, Mode(batches=2)))
    for before, after in pairwise(steps):
        if after.moments is not None:
            halves = np.split(before.values, 2)
            mean = np.stack([half.mean(axis=(0, 2, 3)) for half in halves], axis=1).repeat(3, axis=1)
            spread = np.stack([half.var(axis=(0, 2, 3)) for half in halves], axis=1).repeat(3, axis=1)
            np.testing.assert_allclose(after.moments.mean, mean, rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose(after.moments.spread, spread, rtol=1e-4, atol=1e-6)
    assert sum(step.moments is not None for step in steps) == 6


def test_steps_that_last_are_those_that_do_not() -> None:
    """What a step puts out lasts unless it is said that it need not, and both ways compute the same."""
    model = MODELS["every norm"]
    x, own = TEST.first(5).batch(slice(None))[0].numpy(), weights(network(model))
    lasting = list(inference.outputs(model, own, x))
    for kept, passing in zip(lasting, inference.outputs(model, own, x, lasting=False), strict=True):
        np.testing.assert_array_equal(kept.values, passing.values)


def by_torch(model: ModelConfig, weights: inference.Weights, images: Floats, mode: Mode) -> Floats:
    """What `apply` may use in place of `inference.forward`: the training half's own, kernels and all."""
    net = StudyNet(model)
    net.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    x = torch.from_numpy(images)
    if not mode.batches:
        return answers(net.eval(), x).numpy()
    return torch.cat([answers(twin(net).train(), part) for part in x.chunk(mode.batches)]).numpy()


@pytest.mark.parametrize("stress", [Stress(contrast=0.3), Stress(weight_scale=2, statistics="batch", test_batch=40)])
@pytest.mark.parametrize("name", ["no norm, biases", "bn", "gn", "every norm"])
def test_the_training_half_can_answer_instead_and_agrees(name: str, stress: Stress) -> None:
    run = made_up(MODELS[name])
    mine, theirs = apply(run, stress), apply(run, stress, forward=by_torch)
    np.testing.assert_allclose(mine.probabilities, theirs.probabilities, atol=1e-4)


def test_batches_of_unequal_size_are_refused() -> None:
    x = TEST.first(5).batch(slice(None))[0].numpy()
    with pytest.raises(ValueError, match="reshape"):
        inference.forward(ModelConfig(), weights(network(ModelConfig())), x, Mode(batches=2))
