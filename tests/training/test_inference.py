"""The forward pass in numpy against the network in torch."""

import time
from typing import Any

import numpy as np
import pytest
import torch

from normlab import inference
from normlab.choices import BlockNumber, Dataset, DropoutPlace, Norm, Widths
from normlab.config import DataConfig, ModelConfig
from normlab.training.data import load_splits
from normlab.training.model import StudyNet
from normlab.training.probe import layer_statistics

MODELS = {
    "no norm, biases": ModelConfig(norms=()),
    "the study's bare network": ModelConfig(norms=(), study_exact=True, dropout=0),
    **{str(norm): ModelConfig(norms=(norm,)) for norm in Norm},
    "every norm": ModelConfig(norms=tuple(Norm), dropout=0.4, dropout_place=DropoutPlace.AFTER_NORM),
    "8 groups": ModelConfig(norms=(Norm.GN,), groups=8, widths=Widths.EVEN),
    "BN, even": ModelConfig(norms=(Norm.BN,), widths=Widths.EVEN),
    "ghosts": ModelConfig(norms=(Norm.BN,), ghost_batch=4),
    "norms in two blocks": ModelConfig(norms=(Norm.BN, Norm.GN), norm_blocks=(BlockNumber.TWO, BlockNumber.FIVE)),
}


def network(model: ModelConfig) -> StudyNet:
    """In eval mode, every parameter and buffer away from where it starts."""
    net, random = StudyNet(model, seed=3), torch.Generator().manual_seed(8)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.dim() == 1:
                low, high = (0.5, 2.0) if name.endswith(("var", "weight")) else (-0.5, 0.5)
                value.uniform_(low, high, generator=random)
    return net.eval()


def weights(net: StudyNet) -> dict[str, np.ndarray[Any, Any]]:
    return {name: value.numpy() for name, value in net.state_dict().items()}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("count", [1, 130])
def test_numpy_says_what_torch_says(model: ModelConfig, count: int) -> None:
    net, (x, _) = network(model), load_splits(DataConfig()).test.first(count).batch(slice(None))
    found = inference.log_probabilities(model, weights(net), x.numpy())
    assert found.dtype == np.float32
    with torch.no_grad():
        expected = net(x)
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dataset", Dataset)
def test_images_are_normalized_as_for_training(dataset: Dataset) -> None:
    split = load_splits(DataConfig()).test.first(3)
    own = type(split)(split.images, split.labels, dataset.spec.normalization)
    found = inference.normalized(split.images[:, 0].numpy(), dataset)
    torch.testing.assert_close(torch.from_numpy(found), own.batch(slice(None))[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("norm", [Norm.LN, Norm.GN, Norm.IN])
def test_a_reading_has_the_statistics_that_the_probe_measures(norm: Norm) -> None:
    """With one image, for norms that behave alike in training and in eval mode."""
    model = ModelConfig(norms=(norm,))
    net, one = network(model), load_splits(DataConfig()).test.first(1)
    reading = inference.read(model, weights(net), one.batch(slice(None))[0].numpy())
    assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)
    expected = {layer.layer: layer.stages for layer in layer_statistics(net, one) if layer.stages}
    assert list(reading.blocks) == list(expected)
    for block, stages in expected.items():
        for mine, theirs in zip(reading.blocks[block], stages, strict=True):
            assert mine.stage == theirs.stage
            for field in ("mean", "std", "zeros"):
                np.testing.assert_allclose(getattr(mine, field), getattr(theirs, field), atol=2e-5)
            assert mine.histogram.shares.sum() == pytest.approx(1, abs=1e-5)
            assert mine.histogram.low == pytest.approx(theirs.histogram.low, abs=1e-4)


def test_every_step_has_the_shape_that_the_layer_table_promises() -> None:
    from normlab.describe import layer_table

    model = ModelConfig(norms=(Norm.BN, Norm.GN), dropout=0.2)
    x = np.zeros((2, 1, 28, 28), np.float32)
    steps = list(inference.outputs(model, weights(network(model)), x))
    found = [(f"{o.stage}.{o.step}".rstrip("."), o.values.shape[1:]) for o in steps]
    assert found == [(row.name, row.shape) for row in layer_table(model)]


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(KeyError):
        inference.log_probabilities(ModelConfig(), weights(network(ModelConfig(norms=()))), np.zeros((1, 1, 28, 28)))


def test_a_channel_without_spread_stays_finite() -> None:
    model = ModelConfig(norms=tuple(Norm))
    empty = {name: np.zeros_like(value) for name, value in weights(network(model)).items()}
    reading = inference.read(model, empty, np.zeros((1, 1, 28, 28), np.float32))
    assert np.allclose(reading.probabilities, 0.1)


def test_one_image_takes_less_than_fifty_milliseconds() -> None:
    model = ModelConfig(norms=tuple(Norm), widths=Widths.EVEN)
    own, x = weights(network(model)), np.zeros((1, 1, 28, 28), np.float32)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        inference.read(model, own, x)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05
