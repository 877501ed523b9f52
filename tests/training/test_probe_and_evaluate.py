"""Measuring a network: scores, predictions, per-layer statistics; the network stays as it was."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from normlab.choices import Norm
from normlab.config import DataConfig, ModelConfig
from normlab.training import threads
from normlab.training.data import Split, Splits, load_splits
from normlab.training.evaluate import evaluate
from normlab.training.model import StudyNet
from normlab.training.probe import PROBE_IMAGES, layer_statistics


@pytest.fixture(scope="module")
def splits() -> Splits:
    return load_splits(DataConfig(train_size=300))


def state(net: StudyNet) -> list[torch.Tensor]:
    return [value.clone() for value in net.state_dict().values()]


def test_an_evaluation_is_the_mean_loss_and_the_share_of_right_answers(splits: Splits) -> None:
    net = StudyNet(ModelConfig(dropout=0.5)).train()
    before = state(net)
    evaluation = evaluate(net, splits.test)
    images, labels = splits.test.batch(slice(None))
    with torch.no_grad():
        log_probabilities = net.eval()(images)
    assert evaluation.score.loss == pytest.approx(F.nll_loss(log_probabilities, labels).item(), rel=1e-5)
    right = evaluation.predicted == splits.test.labels.numpy()
    assert evaluation.score.accuracy == right.mean()
    assert np.array_equal(evaluation.predicted, log_probabilities.argmax(1).numpy())
    assert np.allclose(evaluation.confidence, log_probabilities.exp().max(1).values.numpy(), atol=1e-6)
    assert evaluation.predicted.dtype == np.uint8
    assert all(torch.equal(a, b) for a, b in zip(before, state(net), strict=True))


@pytest.mark.parametrize("training", [True, False])
def test_measuring_leaves_the_mode_as_it_was(splits: Splits, training: bool) -> None:
    net = StudyNet().train(training)
    evaluate(net, splits.test.first(10))
    layer_statistics(net, splits.clean)
    assert {module.training for module in net.modules()} == {training}


@pytest.mark.parametrize("ghost", [0, 32])
def test_the_probe_leaves_no_trace(splits: Splits, ghost: int) -> None:
    net = StudyNet(ModelConfig(norms=tuple(Norm), dropout=0.3, ghost_batch=ghost))
    images, labels = splits.train.batch(slice(0, 16))
    F.nll_loss(net(images), labels).backward()
    weights, randoms = state(net), torch.get_rng_state()
    gradients = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    masks = [module.generator.get_state() for module in net.modules() if hasattr(module, "generator")]
    with torch.no_grad():
        layer_statistics(net, splits.clean)
    assert all(torch.equal(a, b) for a, b in zip(weights, state(net), strict=True))
    assert all(torch.equal(p.grad, g) for p, g in zip(net.parameters(), gradients, strict=True))  # type: ignore[arg-type]
    after = [module.generator.get_state() for module in net.modules() if hasattr(module, "generator")]
    assert len(masks) == 6
    assert all(torch.equal(a, b) for a, b in zip(masks, after, strict=True))
    assert torch.equal(torch.get_rng_state(), randoms)
    assert not any(module._forward_hooks for module in net.modules())


def test_the_probe_tells_each_convolution_in_order(splits: Splits) -> None:
    layers = layer_statistics(StudyNet(ModelConfig(norms=(Norm.BN, Norm.GN))), splits.clean)
    names = ["block1", "block2", "transition", "block3", "block4", "block5", "block6", "head"]
    assert [layer.layer for layer in layers] == names
    for layer in layers:
        block = layer.layer.startswith("block")
        assert [stage.stage for stage in layer.stages] == (["relu", "bn", "gn"] if block else [])
        assert [norm.norm for norm in layer.norms] == (["bn", "gn"] if block else [])
    bare = layer_statistics(StudyNet(ModelConfig(norms=())), splits.clean)
    assert [stage.stage for stage in bare[0].stages] == ["relu"]


def test_the_probes_numbers_are_those_of_the_activations(splits: Splits) -> None:
    net = StudyNet(ModelConfig(dropout=0.5))
    net.get_parameter("block2.conv.weight").data.view(-1)[:100] *= 1e-3
    net.get_parameter("block2.conv.weight").data.view(-1)[:50] = 0
    stats = layer_statistics(net, splits.clean)[1]
    images, labels = splits.clean.first(PROBE_IMAGES).batch(slice(None))
    twin = StudyNet(ModelConfig(dropout=0.0)).train()
    twin.load_state_dict(net.state_dict())
    block = twin.get_submodule("block2")
    x = twin.get_submodule("block1")(images)
    for stage, module in zip(stats.stages, (lambda v: block.relu(block.conv(v)), block.bn), strict=True):  # type: ignore[arg-type, operator, union-attr]
        x = module(x)
        values = x.detach().double()
        assert torch.allclose(torch.tensor(stage.mean).double(), values.mean((0, 2, 3)), atol=1e-5)
        assert torch.allclose(torch.tensor(stage.std).double(), values.std((0, 2, 3), correction=0), atol=1e-5)
        zeros = torch.tensor(stage.zeros).double()
        assert torch.allclose(zeros, (values == 0).double().mean((0, 2, 3)), atol=2e-4)  # some hardly are
        assert stage.histogram.shares.sum() == pytest.approx(1, abs=1e-5)
        assert stage.histogram.low < stage.histogram.high
    twin.load_state_dict(net.state_dict())
    weight = twin.double().get_parameter("block2.conv.weight")
    (gradient,) = torch.autograd.grad(F.nll_loss(twin(images.double()), labels), [weight])
    assert stats.weights.gradient_norm == pytest.approx(gradient.norm().item(), rel=1e-4)
    assert stats.weights.norm == pytest.approx(weight.detach().norm().item(), rel=1e-5)
    assert stats.weights.zeros == pytest.approx(50 / weight.numel())
    assert stats.weights.small == pytest.approx((weight.abs() < 1e-3).double().mean().item())
    assert stats.weights.small >= 100 / weight.numel()


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(dropout=0.2),
        ModelConfig(norms=(), dropout=0.2),
        ModelConfig(norms=(Norm.LN,)),
        ModelConfig(norms=(Norm.BN, Norm.GN), ghost_batch=32),
    ],
)
def test_kernels_and_torch_see_the_same(splits: Splits, config: ModelConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    net = StudyNet(config, 3)
    net.numbers += 0.05 * torch.randn(net.numbers.shape, generator=torch.Generator().manual_seed(1))
    fast = layer_statistics(net, splits.clean)
    monkeypatch.setattr(threads, "HAS_KERNELS", False)
    for ours, theirs in zip(fast, layer_statistics(net, splits.clean), strict=True):
        assert ours.weights.gradient_norm == pytest.approx(theirs.weights.gradient_norm, rel=1e-3)
        for one, other in zip(ours.stages, theirs.stages, strict=True):
            assert one.stage == other.stage
            assert np.allclose(one.mean, other.mean, atol=1e-4)
            assert np.allclose(one.std, other.std, rtol=1e-3, atol=1e-4)
            assert np.allclose(one.zeros, other.zeros, atol=5e-4)  # some hardly are
            assert one.histogram.low == pytest.approx(other.histogram.low, abs=1e-4)
            assert one.histogram.high == pytest.approx(other.histogram.high, rel=1e-4)
            assert np.abs(one.histogram.shares - other.histogram.shares).sum() < 2e-3


def test_batch_norms_state_is_its_memory_not_the_probes(splits: Splits) -> None:
    net = StudyNet()
    net.get_buffer("block3.bn.running_var").fill_(4)
    net.get_buffer("block3.bn.running_mean").fill_(-3)
    (norm,) = layer_statistics(net, splits.clean)[3].norms
    assert norm.running_std is not None
    assert set(norm.running_std.tolist()) == {2.0}
    assert norm.running_mean is not None
    assert set(norm.running_mean.tolist()) == {-3.0}
    assert norm.gamma.tolist() == [1] * 16


def test_a_dead_layer_has_a_histogram_too(splits: Splits) -> None:
    net = StudyNet()
    net.get_parameter("block4.conv.weight").data.zero_()
    relu = layer_statistics(net, splits.clean)[4].stages[0]
    assert relu.zeros.tolist() == [1] * 16
    assert relu.histogram.low < relu.histogram.high
    assert relu.histogram.shares.sum() == pytest.approx(1)


def test_a_score_of_a_broken_network_is_not_finite() -> None:
    net = StudyNet()
    net.get_parameter("head.weight").data.fill_(float("nan"))
    split = Split(torch.zeros(3, 1, 28, 28, dtype=torch.uint8), torch.zeros(3).long(), (0.0, 1.0))
    assert np.isnan(evaluate(net, split).score.loss)
