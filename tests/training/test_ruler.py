"""The ruler against the network in torch: what it says of a value is what the layer puts out, in both modes.

In double precision, where rounding leaves no doubt that both are one formula.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from normlab import ruler
from normlab.choices import BlockNumber, DropoutPlace, Norm, Widths
from normlab.config import DataConfig, ModelConfig
from normlab.describe import Block, stages
from normlab.inference import Weights
from normlab.record import Floats
from normlab.ruler import Maker, channel, makers
from normlab.training.data import load_splits
from normlab.training.model import StudyNet

MODELS = {
    **{str(norm): ModelConfig(norms=(norm,)) for norm in Norm},
    "8 groups": ModelConfig(norms=(Norm.GN,), groups=8, widths=Widths.EVEN),
    "every norm": ModelConfig(norms=tuple(Norm), dropout=0.4, dropout_place=DropoutPlace.AFTER_NORM),
    "ghosts of 5": ModelConfig(norms=(Norm.BN,), ghost_batch=5),
    "norms in two blocks": ModelConfig(norms=(Norm.BN, Norm.LN), norm_blocks=(BlockNumber.ONE, BlockNumber.SIX)),
}
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
BLOCKS = ("block1", "block6")


def network(model: ModelConfig) -> StudyNet:
    """Every parameter and buffer away from where it starts, in double precision."""
    net, random = StudyNet(replace(model, dropout=0.0), seed=3), torch.Generator().manual_seed(8)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.dim() == 1:
                low, high = (0.5, 2.0) if name.endswith(("var", "weight")) else (-0.5, 0.5)
                value.uniform_(low, high, generator=random)
    return net.double()


def weights(net: StudyNet) -> Weights:
    return {name: value.clone().numpy() for name, value in net.state_dict().items()}


def batch() -> Floats:
    found: Floats = load_splits(DataConfig()).test.first(ruler.IMAGES).batch(slice(None))[0].double().numpy()
    return found


def heard(net: StudyNet, module: nn.Module, images: Floats) -> tuple[Floats, Floats]:
    """What one of the network's modules gets and puts out, each of them called by itself."""
    found: list[Floats] = []
    hook = module.register_forward_hook(
        lambda _, given, out: found.extend((given[0].numpy().copy(), out.numpy().copy()))
    )
    with torch.no_grad():
        x = torch.from_numpy(images)
        for layer in net.layers():
            x = layer(x)
    hook.remove()
    return found[0], found[1]


@models
@pytest.mark.parametrize("block", BLOCKS)
def test_a_rulers_relabeled_marks_are_the_layers_outputs(model: ModelConfig, block: str) -> None:
    for norm in model.norms:
        net = network(model)
        own, place = weights(net), 3
        found = channel(model, own, batch(), block, place, norm)
        assert tuple(reading.maker for reading in found.readings) == makers(norm.spec)
        for reading in found.readings:
            fresh = network(model).train(reading.maker is Maker.BATCH)
            given, put_out = heard(fresh, fresh.get_submodule(f"{block}.{norm}"), batch())
            np.testing.assert_allclose(reading.values, given[:, place], atol=1e-9)
            told = found.gamma * reading.marks + found.beta
            np.testing.assert_allclose(told, put_out[:, place], atol=1e-9)


@models
def test_whole_blocks_are_those_of_train_mode(model: ModelConfig) -> None:
    found = ruler.blocks(model, weights(network(model)), batch())
    assert [block.name for block in found] == [stage.name for stage in stages(model) if isinstance(stage, Block)]
    for block in (found[0], found[-1]):
        net = network(model).train()
        _, put_out = heard(net, net.get_submodule(f"{block.name}.{model.norms[-1]}"), batch())
        np.testing.assert_allclose(block.after, put_out, atol=1e-9)
        assert (block.before >= 0).all(), "before the norms: after ReLU"


def test_with_memory_no_image_depends_on_its_neighbors_and_with_the_batch_each_does() -> None:
    model = ModelConfig(norms=(Norm.BN,))
    own, images = weights(network(model)), batch()
    both = [channel(model, own, images[:count], "block6", 0, Norm.BN).readings for count in (8, 32)]
    for few, many in zip(*both, strict=True):
        same = np.allclose(few.marks[0], many.marks[0], atol=1e-9)
        assert same == (few.maker is Maker.MEMORY)


@pytest.mark.parametrize(
    ("norm", "rulers"), [(Norm.BN, 1), (Norm.LN, 32), (Norm.RMS, 32), (Norm.GN, 32), (Norm.IN, 32)]
)
def test_there_is_a_ruler_for_each_statistic(norm: Norm, rulers: int) -> None:
    model = ModelConfig(norms=(norm,))
    (reading, *_) = channel(model, weights(network(model)), batch(), "block5", 1, norm).readings
    assert len(reading.zeros) == len(reading.units) == rulers
    assert sorted({*reading.owners.tolist()}) == list(range(rulers))
    assert bool(reading.zeros.any()) == norm.spec.centers, "the ruler of a norm that does not center stays at 0"


def test_each_ghost_has_its_ruler() -> None:
    model = ModelConfig(norms=(Norm.BN,), ghost_batch=5)
    reading = channel(model, weights(network(model)), batch(), "block6", 2, Norm.BN).readings[0]
    assert reading.owners.tolist() == list(Norm.BN.spec.sharing(32, 18, 2, 5).images)
    for ghost in {*reading.owners.tolist()}:
        assert reading.values[reading.owners == ghost].mean() == pytest.approx(reading.zeros[ghost], abs=1e-9)


def test_images_explain_all_of_a_channel_that_is_flat_in_each_and_none_that_is_alike_in_all() -> None:
    flat = np.repeat(np.arange(4, dtype=np.float32), 9).reshape(4, 1, 3, 3)
    alike = np.tile(np.arange(9, dtype=np.float32), 4).reshape(4, 1, 3, 3)
    dead = np.zeros((4, 1, 3, 3), np.float32)
    block = ruler.BlockValues("block6", np.concatenate([alike, flat, dead], axis=1), dead)
    np.testing.assert_allclose(block.explained, [0, 1, 0], atol=1e-12)
    assert block.most_telling == 1


def test_a_block_or_norm_that_is_not_there_is_refused() -> None:
    model = ModelConfig(norms=(Norm.LN,))
    own = weights(network(model))
    with pytest.raises(KeyError):
        channel(model, own, batch(), "block6", 0, Norm.BN)
    with pytest.raises(KeyError):
        channel(model, own, batch(), "block7", 0, Norm.LN)
    with pytest.raises(IndexError):
        channel(model, own, batch(), "block6", 99, Norm.LN)
