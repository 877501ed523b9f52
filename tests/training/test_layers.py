"""The laws of the layers: dropout, BatchNorm and its ghosts, GroupNorm's kin, the 1×1 convolution."""

import pytest
import torch
from torch import nn

from normlab.training.layers import BatchNorm, Dropout, GroupNorm, Pointwise


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def x() -> torch.Tensor:
    return 2 * torch.randn(10, 6, 5, 4, dtype=torch.float64, generator=generator()) + 1


def test_dropout_is_the_identity_in_eval_mode_and_at_p_0() -> None:
    x = torch.randn(4, 3, 5, 5, generator=generator())
    assert Dropout(0.5, generator()).eval()(x) is x
    assert Dropout(0.0, generator()).train()(x) is x


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.9])
def test_dropout_zeroes_its_share_and_scales_the_rest(p: float) -> None:
    n = 400_000
    y = Dropout(p, generator(1))(torch.ones(n))
    zeros = (y == 0).double().mean().item()
    assert abs(zeros - p) < 4 * (p * (1 - p) / n) ** 0.5
    kept = y[y != 0].unique()
    assert len(kept) == 1
    assert kept.item() == pytest.approx(1 / (1 - p), rel=1e-6)


def test_dropout_hits_every_image_and_place_alike() -> None:
    """Chi-square over 64 images, 1,000 values each, and over the four 16-bit parts of a drawn word."""
    p, values = 0.3, 1000
    dropped = Dropout(p, generator(2))(torch.ones(64, 1, 10, 100)).flatten(1) == 0
    for counts, n in ((dropped.sum(1), values), (dropped.view(-1, 4).sum(0), dropped.numel() // 4)):
        chi_square = ((counts - n * p) ** 2 / (n * p * (1 - p))).sum().item()
        freedom = len(counts)
        assert abs(chi_square - freedom) < 4 * (2 * freedom) ** 0.5
    pairs = (dropped[:-1] & dropped[1:]).double().mean().item()
    assert abs(pairs - p * p) < 0.01


def test_dropout_draws_a_new_mask_each_time_and_the_same_ones_again_from_the_same_seed() -> None:
    x = torch.ones(2, 3, 7, 5)
    first, second = Dropout(0.5, generator(3)), Dropout(0.5, generator(3))
    once, twice = first(x), first(x)
    assert not torch.equal(once, twice)
    assert torch.equal(once, second(x))
    assert torch.equal(twice, second(x))


@pytest.mark.parametrize("channels_last", [False, True])
def test_dropouts_gradient_is_its_mask(channels_last: bool) -> None:
    x = torch.ones(3, 4, 5, 6)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    x.requires_grad_()
    y = Dropout(0.4, generator(4))(x)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, y.detach())
    assert 0 < (y == 0).sum() < y.numel()


def test_dropout_on_repeated_memory_still_treats_each_value_by_itself() -> None:
    y = Dropout(0.5, generator(5))(torch.ones(1, 1).expand(1000, 8))
    assert len(y.unique(dim=0)) > 100


def test_batch_norm_is_torchs(x: torch.Tensor) -> None:
    ours, torchs = BatchNorm(6, momentum=0.3).double(), nn.BatchNorm2d(6, momentum=0.3).double()
    for step in range(3):
        assert torch.allclose(ours(x + step), torchs(x + step), atol=1e-12)
    assert torch.allclose(ours.running_mean, torchs.running_mean)
    assert torch.allclose(ours.running_var, torchs.running_var)
    assert torch.allclose(ours.eval()(x), torchs.eval()(x), atol=1e-12)


def test_batch_norm_is_its_formula_and_remembers_by_momentum(x: torch.Tensor) -> None:
    norm = BatchNorm(6, momentum=0.25).double()
    norm.weight.data.uniform_(0.5, 2, generator=generator(1))
    norm.bias.data.uniform_(-1, 1, generator=generator(2))
    mean = x.mean((0, 2, 3))
    biased = ((x - mean.view(1, 6, 1, 1)) ** 2).mean((0, 2, 3))
    standard = (x - mean.view(1, 6, 1, 1)) / (biased.view(1, 6, 1, 1) + 1e-5).sqrt()
    expected = norm.weight.view(1, 6, 1, 1) * standard + norm.bias.view(1, 6, 1, 1)
    assert torch.allclose(norm(x), expected, atol=1e-12)
    n = x.numel() // 6
    assert torch.allclose(norm.running_mean, 0.75 * torch.zeros(6).double() + 0.25 * mean)
    assert torch.allclose(norm.running_var, 0.75 * torch.ones(6).double() + 0.25 * biased * n / (n - 1))


def test_batch_norms_memory_moves_only_in_training(x: torch.Tensor) -> None:
    norm = BatchNorm(6, ghost=2).double()
    norm.eval()(x)
    assert torch.equal(norm.running_mean, torch.zeros(6).double())
    norm.train()(x)
    assert norm.running_mean.abs().min() > 0
    still = BatchNorm(6, momentum=0.0).double()
    still(x)
    assert torch.equal(still.running_var, torch.ones(6).double())


@pytest.mark.parametrize(("ghost", "batch"), [(2, 10), (5, 10), (4, 10), (3, 10), (1, 10), (6, 4)])
def test_ghost_batch_norm_is_batch_norm_on_each_ghost(x: torch.Tensor, ghost: int, batch: int) -> None:
    x = x[:batch]
    norm = BatchNorm(6, momentum=0.2, ghost=ghost).double()
    norm.weight.data.uniform_(0.5, 2, generator=generator(1))
    y = norm(x)
    q = batch // ghost
    full = q * ghost
    ghosts = [torch.arange(k, full, q) for k in range(q)] + ([torch.arange(full, batch)] if full < batch else [])
    mean, var = torch.zeros(6).double(), torch.zeros(6).double()
    for members in ghosts:
        plain = BatchNorm(6, momentum=0.2).double()
        plain.weight.data.copy_(norm.weight.data)
        assert torch.allclose(y[members], plain(x[members]), atol=1e-12)
        mean += plain.running_mean * len(members) / batch
        var += plain.running_var * len(members) / batch
    assert torch.allclose(norm.running_mean, mean)
    assert torch.allclose(norm.running_var, var)


def test_the_gradient_flows_through_ghosts(x: torch.Tensor) -> None:
    norm = BatchNorm(6, ghost=4).double()
    assert torch.autograd.gradcheck(norm, (x.requires_grad_(),))


def test_group_norm_with_one_group_is_layer_norm_over_an_image(x: torch.Tensor) -> None:
    norm = GroupNorm(1, 6).double()
    mean, var = x.mean((1, 2, 3), keepdim=True), x.var((1, 2, 3), keepdim=True, correction=0)
    assert torch.allclose(norm(x), (x - mean) / (var + 1e-5).sqrt(), atol=1e-12)
    assert torch.allclose(norm(x), nn.LayerNorm([6, 5, 4]).double()(x), atol=1e-12)
    assert norm.weight.shape == (6,)


def test_group_norm_with_a_group_for_each_channel_is_instance_norm(x: torch.Tensor) -> None:
    assert torch.allclose(GroupNorm(6, 6).double()(x), nn.InstanceNorm2d(6).double()(x), atol=1e-12)


@pytest.mark.parametrize("bias", [False, True])
def test_pointwise_is_a_1_by_1_convolution(x: torch.Tensor, bias: bool) -> None:
    ours, torchs = Pointwise(6, 3, bias).double(), nn.Conv2d(6, 3, 1, bias=bias).double()
    ours.load_state_dict(torchs.state_dict())
    assert torch.allclose(ours(x), torchs(x), atol=1e-12)
    assert ours(x).shape == (10, 3, 5, 4)
