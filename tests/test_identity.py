"""A run's identity: the same experiment has one id, whatever was typed to get there."""

from typing import Any

import pytest

from normlab.config import RunConfig
from normlab.identity import canonical, run_id
from normlab.settings import changed, differences


def test_ids_never_change_within_a_schema() -> None:
    """A changed id orphans every stored run: if this fails, a default or the hash changed; raise SCHEMA instead."""
    assert run_id(RunConfig()) == "67d6291b301412df"
    assert run_id(changed(RunConfig(), {"norms": ("gn",), "l1": 0.001, "seed": 2})) == "cc94fedf9938c70f"


@pytest.mark.parametrize(
    ("base", "idle"),
    [
        ({"norms": ("bn",)}, {"groups": 4}),
        ({"norms": ("gn",)}, {"bn_momentum": 0.5, "ghost_batch": 16}),
        ({}, {"l1_scope": "weights", "l1_step": "proximal"}),
        ({}, {"l2_scope": "gamma"}),
        ({"dropout": 0.0}, {"dropout_place": "after-norm"}),
        ({"norms": ()}, {"dropout_place": "after-norm"}),
        ({"optimizer": "adam"}, {"momentum": 0.5}),
        ({}, {"study_exact": True}),
        ({}, {"train_size": 797}),
        ({"batch_size": 32}, {"ghost_batch": 32}),
        ({"norms": ("gn",)}, {"bn_modes": True}),
        ({"norms": ()}, {"norm_blocks": ("1",)}),
        ({"trainable": "norm"}, {"conv_lr_scale": 2, "weight_norms": 1}),
        ({"trainable": "random"}, {"weight_norms": 1}),
    ],
)
def test_a_setting_without_effect_does_not_change_the_id(base: dict[str, Any], idle: dict[str, Any]) -> None:
    config = changed(RunConfig(), base)
    assert changed(config, idle) != config
    assert run_id(changed(config, idle)) == run_id(config)


@pytest.mark.parametrize(
    ("base", "effective"),
    [
        ({"norms": ("gn",)}, {"groups": 1}),
        ({}, {"bn_momentum": 0.5}),
        ({}, {"ghost_batch": 16}),
        ({"l1": 0.1}, {"l1_scope": "weights"}),
        ({"l1": 0.1}, {"l1_step": "proximal"}),
        ({}, {"dropout_place": "after-norm"}),
        ({"norms": ()}, {"study_exact": True}),
        ({}, {"momentum": 0.5}),
        ({}, {"train_size": 500}),
        ({}, {"bn_modes": True}),
        ({}, {"norm_blocks": ("1",)}),
        ({}, {"init_scale": 2}),
        ({"trainable": "random"}, {"conv_lr_scale": 2}),
        ({"trainable": "norm"}, {"init_scale": 2}),
        ({}, {"weight_norms": 1}),
    ],
)
def test_a_setting_with_an_effect_does(base: dict[str, Any], effective: dict[str, Any]) -> None:
    config = changed(RunConfig(), base)
    assert run_id(changed(config, effective)) != run_id(config)


def test_canonical_is_a_fixed_point() -> None:
    config = changed(RunConfig(), {"groups": 4, "l1_scope": "weights"})
    assert canonical(canonical(config)) == canonical(config) == RunConfig()


def test_a_new_setting_with_its_default_orphans_no_run() -> None:
    """Only differences are hashed, so a setting that is not changed is no part of the id, however many there are."""
    assert differences(RunConfig()) == {}
    assert differences(changed(RunConfig(), {"l1": 0.001, "seed": 2})) == {"l1": 0.001, "seed": 2}
