"""Whatever computes a norm computes what its spec says, forward and back, in double precision."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from normlab import inference
from normlab.choices import Norm
from normlab.config import ModelConfig, RunConfig
from normlab.export import pytorch_code
from normlab.normmath import Cell, normalized, scaled, steps
from normlab.norms import SPECS, Channels, NormSpec, Script
from normlab.training.answers import answers, learn
from normlab.training.model import StudyNet, norm_layer

GROUPS = 3
SHAPE = (5, 6, 3, 2)
GAMMA, BETA = 1.5, -0.25
every_norm = pytest.mark.parametrize("norm", Norm)


def normal(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def config(norm: Norm) -> ModelConfig:
    return ModelConfig(norms=(norm,), groups=2, dropout=0.0)


def layers(norm: Norm) -> tuple[nn.Module, nn.Module]:
    """Ours and that of an exported script, in train mode."""

    class Settings:
        groups, bn_momentum, ghost_batch = GROUPS, 0.1, 0

    written = norm.spec.script(Settings())
    names: dict[str, Any] = {"torch": torch, "nn": nn, "functional": functional, "outputs": SHAPE[1]}
    exec(written.definition, names)
    theirs: nn.Module = eval(written.module, names)
    ours = norm_layer(norm, SHAPE[1], ModelConfig(norms=(norm,), groups=2))
    if norm.spec.is_grouped:
        ours.groups = GROUPS  # of which the study's channels allow 1 and 2 only
    return ours.double().train(), theirs.double().train()


def gradients(layer: nn.Module, x: Tensor, weights: Tensor) -> list[Tensor]:
    """Of the weighted sum of what comes out, by the input and by each parameter."""
    return list(torch.autograd.grad((layer(x) * weights).sum(), [x, *layer.parameters()]))


@every_norm
def test_torch_numpy_worksheet_and_script_agree_on_a_layer(norm: Norm) -> None:
    ours, theirs = layers(norm)
    x = (normal(*SHAPE, seed=1) * 2 + 0.3).requires_grad_()
    for layer in (ours, theirs):
        for name, parameter in layer.named_parameters():
            nn.init.constant_(parameter, GAMMA if name == "weight" else BETA)
    assert [name for name, _ in ours.named_parameters()] == list(norm.spec.parameters)
    assert ours.state_dict().keys() <= theirs.state_dict().keys()
    expected = ours(x)
    torch.testing.assert_close(theirs(x), expected, rtol=1e-12, atol=1e-12)

    values = x.detach().numpy()
    by_numpy = scaled(normalized(values, norm, GROUPS), norm, GAMMA, BETA)
    np.testing.assert_allclose(by_numpy, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    for place in np.ndindex(*SHAPE):
        found = steps(values, norm, GROUPS, Cell(*place), GAMMA, BETA)
        assert found.output == pytest.approx(by_numpy[place], rel=1e-10, abs=1e-12)


@every_norm
def test_torch_numpy_and_script_agree_on_a_layers_gradients(norm: Norm) -> None:
    ours, theirs = layers(norm)
    x, weights = normal(*SHAPE, seed=1).requires_grad_(), normal(*SHAPE, seed=2)
    expected = gradients(ours, x, weights)
    for one, other in zip(gradients(theirs, x, weights), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)

    direction, step = normal(*SHAPE, seed=3), 1e-6

    def shifted(by: float) -> float:
        return float((normalized((x + by * direction).detach().numpy(), norm, GROUPS) * weights.numpy()).sum())

    slope = (shifted(step) - shifted(-step)) / (2 * step)
    assert float((expected[0] * direction).sum()) == pytest.approx(slope, rel=1e-7)


def network(norm: Norm) -> StudyNet:
    """Every parameter and memory away from where it starts."""
    net, random = StudyNet(config(norm), seed=3).double(), torch.Generator().manual_seed(5)
    for name, value in net.state_dict().items():
        if value.dim() == 1:
            low, high = (0.5, 2.0) if name.endswith(("var", "weight")) else (-0.5, 0.5)
            value.uniform_(low, high, generator=random)
    return net


def exported(norm: Norm, state: dict[str, Tensor]) -> nn.Module:
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(pytorch_code(RunConfig(model=config(norm))), "script", "exec"), names)
    net: nn.Module = names["build_network"]().double()
    net.load_state_dict(state)
    return net


@every_norm
@pytest.mark.parametrize("images", [3, 20])
def test_torch_kernels_and_script_agree_on_a_training_step(norm: Norm, images: int) -> None:
    fused, plain = network(norm), network(norm)
    script = exported(norm, plain.state_dict())
    x, labels = normal(images, 1, 28, 28, seed=1), torch.arange(images) % 10
    expected = plain(x)
    functional.nll_loss(expected, labels).backward()
    torch.testing.assert_close(learn(fused, x, labels), expected, rtol=1e-9, atol=1e-9)
    output = script(x)
    torch.testing.assert_close(output, expected, rtol=1e-9, atol=1e-9)
    functional.nll_loss(output, labels).backward()
    for (name, one), other, third in zip(
        plain.named_parameters(), fused.parameters(), script.parameters(), strict=True
    ):
        assert one.grad is not None
        assert other.grad is not None
        assert one.grad.abs().sum() > 0 or norm.spec.fixes_each_mean, name
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-7, atol=1e-9)
        torch.testing.assert_close(third.grad, one.grad, rtol=1e-7, atol=1e-9)


@every_norm
def test_torch_kernels_numpy_and_script_agree_on_answers(norm: Norm) -> None:
    net, x = network(norm).eval(), normal(4, 1, 28, 28, seed=1)
    with torch.no_grad():
        expected = net(x)
        script = exported(norm, net.state_dict()).eval()(x)
    weights: dict[str, npt.NDArray[Any]] = {name: value.numpy() for name, value in net.state_dict().items()}
    numpys = inference.log_probabilities(net.config, weights, x.numpy())
    for found in (script, answers(net, x), torch.from_numpy(numpys)):
        assert found.dtype == torch.float64
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@every_norm
def test_a_norm_fixes_each_mean_where_its_spec_says_so(norm: Norm) -> None:
    layer, _ = layers(norm)
    means = layer(normal(*SHAPE, seed=1) + 1).mean((2, 3))
    assert bool((means.abs() < 1e-9).all()) == norm.spec.fixes_each_mean


def test_norms_are_applied_from_the_widest_statistic_to_the_narrowest() -> None:
    assert list(Norm) == list(SPECS)
    shares = [(spec.over_images, spec.sharing(8, 8, 2)) for spec in SPECS.values()]
    assert [over_images for over_images, _ in shares] == sorted((one for one, _ in shares), reverse=True)
    inside = [len({*found.channels}) for over_images, found in shares if not over_images]
    assert inside == sorted(inside)


def test_ghosts_share_images_only_where_images_share() -> None:
    for spec in SPECS.values():
        found = spec.sharing(7, 4, 2, ghost=3).images
        assert found == ((0, 1, 0, 1, 0, 1, 2) if spec.over_images else tuple(range(7)))


@pytest.mark.parametrize("wrong", [{"channels": Channels.ALL}, {"centers": False}, {"has_beta": False}])
def test_what_batchnorms_memory_cannot_hold_is_refused(wrong: dict[str, Any]) -> None:
    rest = {"key": "xn", "name": "XNorm", "meaning": "", "covers": "", "color": ("", ""), "shade": ("", "")}
    fields = {**rest, "over_images": True, "channels": Channels.ONE, "script": lambda settings: Script(""), **wrong}
    with pytest.raises(ValueError, match="XNorm: memory is a mean and a variance for each channel"):
        NormSpec(**fields)
