"""Every change that rewinding offers keeps the initial weights and the order of the images."""

import math

import pytest
import torch

from normlab.config import RunConfig
from normlab.describe import starts_at_scale
from normlab.identity import canonical
from normlab.rewind import CHANGES, offers, same_start
from normlab.settings import SETTINGS, changed
from normlab.training.data import load_splits
from normlab.training.model import StudyNet
from normlab.training.seeds import generator

BASES = {
    "default": RunConfig(),
    "no norm": changed(RunConfig(), {"norms": (), "seed": 4}),
    "everything": changed(
        RunConfig(), {"norms": ("bn", "gn"), "groups": 2, "l1": 1e-3, "l2": 1e-3, "dropout": 0.3, "train_size": 200}
    ),
}


def all_changes(config: RunConfig) -> list[RunConfig]:
    return [changed(config, {name: value}) for name, values in offers(config).items() for value in values]


@pytest.mark.parametrize("config", BASES.values(), ids=BASES)
def test_a_change_keeps_the_initial_weights(config: RunConfig) -> None:
    before = StudyNet(config.model, config.seed).state_dict()
    for after in all_changes(config):
        now = StudyNet(after.model, after.seed).state_dict()
        factor = math.sqrt(6) ** (starts_at_scale(after.model) - starts_at_scale(config.model))
        for name, weight in before.items():
            if weight.dim() == 4:
                torch.testing.assert_close(now[name], factor * weight)
        assert ("√6" in same_start(config, after)) == (factor != 1)


@pytest.mark.parametrize("config", BASES.values(), ids=BASES)
def test_a_change_keeps_the_images_and_their_order(config: RunConfig) -> None:
    images = load_splits(config.data).train.images
    order = torch.randperm(len(images), generator=generator(config.seed, "order"))
    for after in all_changes(config):
        assert after.seed == config.seed
        assert after.optim.batch_size == config.optim.batch_size
        if after.data != config.data:
            assert torch.equal(load_splits(after.data).train.images, images)
        again = torch.randperm(after.data.training_images, generator=generator(after.seed, "order"))
        assert torch.equal(again, order)


@pytest.mark.parametrize("config", BASES.values(), ids=BASES)
def test_every_offer_is_valid_changes_one_setting_and_has_an_effect(config: RunConfig) -> None:
    for name, values in offers(config).items():
        assert len(set(map(str, values))) == len(values)
        for value in values:
            assert canonical(changed(config, {name: value})) != canonical(config)
    assert set(CHANGES) <= set(SETTINGS)
    assert {"norms", "dropout", "l1", "l2", "lr"} <= set(offers(config))


def test_settings_without_an_effect_are_not_offered() -> None:
    found = offers(RunConfig())
    assert not {"groups", "l1_scope", "l1_step", "seed", "batch_size", "dataset", "widths"} & set(found)
    assert offers(BASES["everything"])["groups"] == [1]
    assert "bn_momentum" not in offers(BASES["no norm"])
