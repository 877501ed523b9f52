"""The network: the study's layers and order, its parameters, its initialization."""

from itertools import chain, combinations

import pytest
import torch
from torch import nn

from normlab import describe
from normlab.choices import BLOCK_CHANNELS, TRANSITION_CHANNELS, DropoutPlace, Norm, Widths
from normlab.config import ModelConfig
from normlab.training.layers import Dropout
from normlab.training.model import StudyNet

STUDY_NORMS = [c for n in range(4) for c in combinations((Norm.BN, Norm.LN, Norm.GN), n)]


def reference(config: ModelConfig) -> nn.Sequential:
    """The network as the study writes it down, in plain torch."""
    c = BLOCK_CHANNELS[config.widths]
    transition = TRANSITION_CHANNELS[config.widths]
    bias = describe.has_bias(config)

    def block(inputs: int, outputs: int, padding: int = 0) -> list[nn.Module]:
        norms = {
            Norm.BN: lambda: nn.BatchNorm2d(outputs),
            Norm.LN: lambda: nn.GroupNorm(1, outputs),
            Norm.GN: lambda: nn.GroupNorm(config.groups, outputs),
            Norm.IN: lambda: nn.InstanceNorm2d(outputs, affine=True),
        }
        return [
            nn.Conv2d(inputs, outputs, 3, padding=padding, bias=bias),
            nn.ReLU(),
            *(norms[norm]() for norm in (Norm.BN, Norm.LN, Norm.GN, Norm.IN) if norm in config.norms),
        ]

    return nn.Sequential(
        *block(1, c[0]),
        *block(c[0], c[1]),
        nn.Conv2d(c[1], transition, 1, bias=bias),
        nn.MaxPool2d(2),
        *block(transition, c[2]),
        *block(c[2], c[3]),
        *block(c[3], c[4]),
        *block(c[4], c[5], padding=1),
        nn.AvgPool2d(6),
        nn.Conv2d(c[5], 10, 1, bias=bias),
        nn.Flatten(),
        nn.LogSoftmax(dim=1),
    )


def copy_in_order(source: nn.Module, target: nn.Module) -> None:
    """Copies parameters and buffers by their order alone, not by their names."""
    for pairs in ((source.parameters(), target.parameters()), (floats(source), floats(target))):
        for a, b in zip(*pairs, strict=True):
            b.data.copy_(a.data)


def floats(module: nn.Module) -> list[torch.Tensor]:
    return [buffer for buffer in module.buffers() if buffer.is_floating_point()]


def randomized(module: nn.Module) -> nn.Module:
    """Weights that keep the size of activations (He), vectors and buffers in [0.5, 1.5]."""
    random = torch.Generator().manual_seed(7)
    for tensor in chain(module.parameters(), floats(module)):
        if tensor.dim() == 1:
            tensor.data.uniform_(0.5, 1.5, generator=random)
        else:
            tensor.data.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=random)
    return module


@pytest.mark.parametrize(
    ("norms", "study_exact", "expected"),
    [((), True, 9_786), ((), False, 9_889)]
    + [(norms, False, {1: 9_958, 2: 10_130, 3: 10_302}[len(norms)]) for norms in STUDY_NORMS if norms],
)
def test_parameter_counts_are_the_studys(norms: tuple[Norm, ...], study_exact: bool, expected: int) -> None:
    config = ModelConfig(norms=norms, study_exact=study_exact)
    assert sum(p.numel() for p in StudyNet(config).parameters()) == expected == describe.parameter_count(config)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("norms", [*STUDY_NORMS, (Norm.IN,), (Norm.LN, Norm.IN)])
def test_log_probabilities_are_those_of_the_studys_layers(
    norms: tuple[Norm, ...], training: bool, dtype: torch.dtype, tolerance: float
) -> None:
    config = ModelConfig(norms=norms, dropout=0.0)
    theirs = randomized(reference(config).to(dtype)).train(training)
    ours = StudyNet(config).to(dtype).train(training)
    copy_in_order(theirs, ours)
    images = torch.randn(6, 1, 28, 28, dtype=dtype, generator=torch.Generator().manual_seed(1))
    expected, got = theirs(images), ours(images)
    assert got.shape == (6, 10)
    assert got.dtype == dtype
    assert expected.std() > 0.01
    if Norm.IN in norms:  # it divides by the spread of as few as 36 values, so rounding counts for more
        tolerance *= 10
    assert (got - expected).abs().max() <= tolerance
    for a, b in zip(floats(theirs), floats(ours), strict=True):
        assert torch.allclose(a, b, atol=tolerance)


def test_with_instance_norm_every_image_gets_the_same_output() -> None:
    """Global average pooling takes the mean that InstanceNorm has just set."""
    images = torch.randn(5, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    for norms in ((Norm.IN,), (Norm.BN, Norm.IN), (Norm.BN,), (Norm.RMS,), (Norm.RMS, Norm.IN)):
        config = ModelConfig(norms=norms, dropout=0.0)
        output = randomized(StudyNet(config).double()).eval()(images)
        is_same = bool((output - output[0]).abs().max() < 1e-9)
        assert is_same == describe.forgets_the_image(config)


@pytest.mark.parametrize("groups", [1, 2, 4, 8])
def test_even_widths_take_more_groups(groups: int) -> None:
    config = ModelConfig(norms=(Norm.GN,), groups=groups, widths=Widths.EVEN, dropout=0.0)
    theirs, ours = randomized(reference(config)), StudyNet(config)
    copy_in_order(theirs, ours)
    images = torch.randn(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(ours(images), theirs(images), atol=1e-5)


def test_the_bare_study_network_has_no_bias_and_the_default_one_has_eight() -> None:
    bare, fair = (
        [n for n, _ in StudyNet(ModelConfig(norms=(), study_exact=exact)).named_parameters() if n.endswith("bias")]
        for exact in (True, False)
    )
    assert bare == []
    assert len(fair) == 8


@pytest.mark.parametrize("config", [ModelConfig(), ModelConfig(norms=()), ModelConfig(norms=(Norm.BN, Norm.GN))])
def test_modules_bear_the_names_of_the_layer_table(config: ModelConfig) -> None:
    names = {name for name, _ in StudyNet(config).named_modules()}
    assert {row.name for row in describe.layer_table(config)} - names == {"output"}


def test_the_state_dict_has_the_promised_names() -> None:
    state = StudyNet().state_dict()
    promised = {"block1.conv.weight", "block1.bn.weight", "block1.bn.running_mean", "transition.weight", "head.weight"}
    assert promised <= set(state)
    assert state["transition.weight"].shape == (7, 12, 1, 1)
    assert {name.rsplit(".")[-1] for name in state} == {"weight", "bias", "running_mean", "running_var"}


@pytest.mark.parametrize("place", list(DropoutPlace))
def test_dropout_stands_where_it_was_asked_to(place: DropoutPlace) -> None:
    block = list(StudyNet(ModelConfig(dropout=0.1, dropout_place=place)).get_submodule("block3").named_children())
    expected = ["dropout", "bn"] if place is DropoutPlace.BEFORE_NORM else ["bn", "dropout"]
    assert [name for name, _ in block] == ["conv", "relu", *expected]


def test_dropout_before_the_norm_leaves_it_normalized_and_after_it_does_not() -> None:
    images = torch.randn(64, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    zeros = {
        place: (StudyNet(ModelConfig(dropout=0.5, dropout_place=place)).get_submodule("block1")(images) == 0)
        for place in DropoutPlace
    }
    assert zeros[DropoutPlace.BEFORE_NORM].float().mean() == 0
    assert zeros[DropoutPlace.AFTER_NORM].float().mean() == pytest.approx(0.5, abs=0.01)


def test_every_block_drops_by_a_stream_of_its_own() -> None:
    layers = [module for module in StudyNet(ModelConfig(dropout=0.5)).modules() if isinstance(module, Dropout)]
    masks = [layer(torch.ones(200)) for layer in layers]
    assert len(layers) == 6
    assert len({tuple(mask.tolist()) for mask in masks}) == 6


def test_convolutions_have_biases_where_no_norm_has_an_offset() -> None:
    """They begin at 0, and the weights as small as with any other norm."""
    alone, beside = (StudyNet(ModelConfig(norms=norms)) for norms in ((Norm.RMS,), (Norm.RMS, Norm.GN)))
    biases = [value for name, value in alone.named_parameters() if name.endswith("bias")]
    assert len(biases) == 8
    assert not any(bias.any() for bias in biases)
    assert not [name for name, _ in beside.named_parameters() if name.endswith("conv.bias")]
    assert torch.equal(alone.get_parameter("block4.conv.weight"), StudyNet().get_parameter("block4.conv.weight"))


def test_a_seed_decides_the_weights_and_the_norms_do_not() -> None:
    weights = [StudyNet(ModelConfig(norms=n), seed).state_dict() for n, seed in (((Norm.BN,), 3), ((Norm.LN,), 3))]
    assert torch.equal(weights[0]["block4.conv.weight"], weights[1]["block4.conv.weight"])
    assert not torch.equal(StudyNet(seed=4).state_dict()["head.weight"], weights[0]["head.weight"])


def test_initial_weights_are_torchs_with_a_norm_and_he_without() -> None:
    for config, bound in (
        (ModelConfig(), (1 / (9 * 16)) ** 0.5),
        (ModelConfig(norms=(), study_exact=True), (1 / (9 * 16)) ** 0.5),
        (ModelConfig(norms=()), (6 / (9 * 16)) ** 0.5),
    ):
        weight = StudyNet(config).get_parameter("block4.conv.weight")
        assert 0.98 * bound < weight.abs().max().item() <= bound
        assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)


def test_without_a_norm_activations_keep_their_size_through_the_blocks() -> None:
    x = torch.randn(32, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    sizes = {}
    for exact in (False, True):
        net = StudyNet(ModelConfig(norms=(), dropout=0.0, study_exact=exact))
        y = x
        for stage in list(net.children())[:-2]:
            y = stage(y)
        sizes[exact] = y.square().mean().sqrt().item()
    assert 0.2 < sizes[False] < 5
    assert sizes[True] < 0.05


def test_building_and_running_a_network_leaves_torchs_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    net = StudyNet(ModelConfig(norms=tuple(Norm), dropout=0.3))
    net(torch.zeros(4, 1, 28, 28)).sum().backward()
    assert torch.equal(torch.get_rng_state(), before)
