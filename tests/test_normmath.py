"""The worksheet's arithmetic is torch's, and a mean and a variance cover exactly the cells they should."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional

from normlab.choices import Norm
from normlab.normmath import EPSILON, Cell, Values, blocks, moments, normalized, steps
from normlab.norms import divisors

SHAPES = [(4, 4, 2, 2), (1, 4, 2, 2), (3, 6, 1, 2), (2, 1, 3, 3), (6, 8, 4, 4)]
CASES = [
    pytest.param(norm, shape, groups, id=f"{norm}{groups}-{'x'.join(map(str, shape))}")
    for shape in SHAPES
    for norm in Norm
    for groups in (divisors(shape[1]) if norm.spec.is_grouped else (1,))
]
cases = pytest.mark.parametrize(("norm", "shape", "groups"), CASES)


def values(shape: tuple[int, ...]) -> Values:
    return np.random.default_rng(7).normal(0.3, 2.0, size=shape)


def torchs(x: Values, norm: Norm, groups: int) -> Values:
    """torch's own layer in train mode, without γ and β."""
    channels = x.shape[1]
    tensor = torch.from_numpy(x)
    match norm:
        case Norm.BN:
            layer: torch.nn.Module = torch.nn.BatchNorm2d(channels, affine=False)
        case Norm.LN:
            return functional.layer_norm(tensor, x.shape[1:]).numpy()
        case Norm.RMS:
            return functional.rms_norm(tensor, x.shape[1:], eps=EPSILON).numpy()
        case Norm.GN:
            layer = torch.nn.GroupNorm(groups, channels, affine=False)
        case Norm.IN:
            layer = torch.nn.InstanceNorm2d(channels)
    result: Values = layer.double().train()(tensor).numpy()
    return result


@cases
def test_normalized_values_are_torchs(norm: Norm, shape: tuple[int, ...], groups: int) -> None:
    x = values(shape)
    np.testing.assert_allclose(normalized(x, norm, groups), torchs(x, norm, groups), rtol=1e-10, atol=1e-12)


@cases
def test_mean_and_both_variances_are_torchs(norm: Norm, shape: tuple[int, ...], groups: int) -> None:
    x = values(shape)
    for block in blocks(norm, x.shape, groups):
        covered = torch.from_numpy(x)[torch.from_numpy(block.mask(x.shape))]
        found = moments(block.cells(x))
        assert found.count == covered.numel()
        assert found.mean == pytest.approx(covered.mean().item())
        assert found.variance == pytest.approx(covered.var(correction=0).item())
        assert found.unbiased == pytest.approx(covered.var(correction=1).item())
        assert found.square == pytest.approx(covered.square().mean().item())


@cases
def test_every_cell_lies_in_exactly_one_block(norm: Norm, shape: tuple[int, ...], groups: int) -> None:
    masks = [block.mask(shape) for block in blocks(norm, shape, groups)]
    assert (np.sum(masks, axis=0) == 1).all()


@pytest.mark.parametrize("norm", Norm)
def test_the_marked_cells_are_those_that_feel_a_change(norm: Norm) -> None:
    x = values((3, 4, 2, 2))
    changed = x.copy()
    changed[1, 2, 0, 1] += 1.0
    felt = torchs(changed, norm, 2) != torchs(x, norm, 2)
    block = next(block for block in blocks(norm, x.shape, 2) if block.holds(Cell(1, 2, 0, 1)))
    np.testing.assert_array_equal(felt, block.mask(x.shape))


def test_batchnorm_normalizes_with_the_biased_variance_and_stores_the_unbiased_one() -> None:
    x = values((4, 4, 2, 2))
    layer = torch.nn.BatchNorm2d(4, momentum=0.1).double().train()
    output = layer(torch.from_numpy(x)).detach().numpy()
    assert layer.running_mean is not None
    assert layer.running_var is not None
    for channel in range(4):
        found = moments(x[:, channel])
        assert found.unbiased is not None
        assert layer.running_var[channel].item() == pytest.approx(0.9 * 1 + 0.1 * found.unbiased)
        assert layer.running_mean[channel].item() == pytest.approx(0.1 * found.mean)
        assert output[:, channel].var() == pytest.approx(found.variance / (found.variance + EPSILON))


@pytest.mark.parametrize("norm", Norm)
def test_the_steps_of_every_cell_lead_to_its_normalized_value(norm: Norm) -> None:
    x = values((2, 4, 2, 3))
    hat = torchs(x, norm, 2)
    for place in product(*map(range, x.shape)):
        found = steps(x, norm, 2, Cell(*place), gamma=1.5, beta=-0.25)
        assert found.value == x[place]
        assert found.total == pytest.approx(sum(found.values))
        spread = found.moments.variance if norm.spec.centers else found.moments.square
        assert found.total / found.moments.count == pytest.approx(found.moments.mean)
        assert found.squares / found.moments.count == pytest.approx(spread)
        assert found.normalized == pytest.approx(hat[place])
        assert found.output == pytest.approx(1.5 * hat[place] - (0.25 if norm.spec.has_beta else 0.0))


def test_gamma_and_beta_of_a_channel_are_torchs() -> None:
    x = values((2, 4, 2, 2))
    layer = torch.nn.GroupNorm(2, 4).double()
    torch.nn.init.constant_(layer.weight, 1.5)
    torch.nn.init.constant_(layer.bias, -0.25)
    output = layer(torch.from_numpy(x)).detach().numpy()
    assert steps(x, Norm.GN, 2, Cell(1, 3, 0, 1), 1.5, -0.25).output == pytest.approx(output[1, 3, 0, 1])


def test_one_group_is_layernorm_and_a_group_a_channel_is_instancenorm() -> None:
    x = values((3, 4, 2, 2))
    np.testing.assert_array_equal(normalized(x, Norm.GN, 1), normalized(x, Norm.LN, 1))
    np.testing.assert_array_equal(normalized(x, Norm.GN, 4), normalized(x, Norm.IN, 1))


def test_rmsnorm_is_layernorm_where_the_mean_is_zero() -> None:
    x = values((3, 4, 2, 2))
    centered = x - x.mean(axis=(1, 2, 3), keepdims=True)
    np.testing.assert_allclose(normalized(centered, Norm.RMS, 1), normalized(x, Norm.LN, 1), rtol=1e-10)
    np.testing.assert_array_equal(np.sign(normalized(x, Norm.RMS, 1)), np.sign(x))


def test_one_value_alone_becomes_zero_and_has_no_unbiased_variance() -> None:
    x = values((2, 3, 1, 1))
    assert (normalized(x, Norm.IN, 1) == 0).all()
    assert moments(x[:1, :1]).unbiased is None


def test_groups_that_do_not_divide_the_channels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"groups=3 must divide the 4 channels: choose one of \(1, 2, 4\)"):
        blocks(Norm.GN, (2, 4, 2, 2), 3)
