"""Rules of a configuration: each refused value gets one sentence that names value, rule and fix."""

import math
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from normlab.choices import Dataset, Norm
from normlab.config import ConfigError, DataConfig, ModelConfig, OptimConfig, PenaltyConfig, RunConfig
from normlab.settings import SETTINGS, changed


def test_the_default_is_the_studys_batchnorm_and_light_dropout_on_digits() -> None:
    config = RunConfig()
    assert config.model.norms == (Norm.BN,)
    assert config.model.dropout == 0.05
    assert config.data.dataset is Dataset.DIGITS
    assert (config.penalty.l1, config.penalty.l2) == (0, 0)


def test_a_configuration_is_frozen_and_hashable() -> None:
    config = RunConfig()
    with pytest.raises(FrozenInstanceError):
        config.seed = 1  # type: ignore[misc]
    assert len({config, RunConfig(), replace(config, seed=1)}) == 2


@pytest.mark.parametrize(
    ("settings", "named", "sentence"),
    [
        ({"dropout": 1.5}, "dropout", "dropout=1.5 must be a number from 0 to 0.9."),
        ({"dropout": math.nan}, "dropout", "dropout=nan must be a number from 0 to 0.9."),
        ({"dropout": True}, "dropout", "dropout=True must be a number from 0 to 0.9."),
        ({"lr": math.inf}, "lr", "lr=inf must be a number from 1e-6 to 10."),
        ({"momentum": 1.0}, "momentum", "momentum=1.0 must be a number from 0 to below 1."),
        ({"epochs": 0}, "epochs", "epochs=0 must be a whole number from 1 to 200."),
        ({"epochs": 2.0}, "epochs", "epochs=2.0 must be a whole number from 1 to 200."),
        ({"norms": ("bn", "evil")}, "norms", "norms=evil is not known; choose one of bn, ln, rms, gn, in."),
        ({"norms": ("bn", "bn")}, "norms", "norms=bn+bn names one of them twice; name each once."),
        ({"norms": "bn"}, "norms", "norms=bn must be a list of bn, ln, rms, gn, in."),
        ({"dataset": "cifar"}, "dataset", "dataset=cifar is not known; choose one of digits, mnist, fashion-mnist."),
        ({"init_scale": 0}, "init_scale", "init_scale=0 must be a number from 0.01 to 100."),
        ({"conv_lr_scale": math.nan}, "conv_lr_scale", "conv_lr_scale=nan must be a number from 0.0001 to 10000."),
        ({"trainable": "some"}, "trainable", "trainable=some is not known; choose one of all, norm, head, random."),
        ({"norm_blocks": ()}, "norm_blocks", "norm_blocks=none must name at least 1 of 1, 2, 3, 4, 5, 6."),
        ({"norm_blocks": (7,)}, "norm_blocks", "norm_blocks=7 is not known; choose one of 1, 2, 3, 4, 5, 6."),
        ({"validation": 1}, "validation", "validation=1 must be true or false."),
    ],
)
def test_a_value_against_its_rule_is_refused(settings: dict[str, Any], named: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        changed(RunConfig(), settings)
    assert refused.value.field == named
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("settings", "named", "fix"),
    [
        ({"norms": ("gn",), "groups": 4}, "groups", "use 1 or 2 groups, or widths=even"),
        ({"norms": ("gn",), "groups": 3, "widths": "even"}, "groups", "use 1, 2, 4 or 8 groups"),
        ({"train_size": 798}, "train_size", "more than the 797 training images of digits"),
        ({"train_size": 10}, "train_size", "too few"),
        ({"norms": (), "l1": 0.1, "l1_scope": "gamma"}, "l1_scope", "choose a norm or another scope"),
        ({"norms": (), "l2": 0.1, "l2_scope": "gamma"}, "l2_scope", "choose a norm or another scope"),
        ({"l1": 0.1, "l1_step": "proximal", "optimizer": "adam"}, "l1_step", "goes with optimizer=sgd"),
        ({"batch_size": 32, "ghost_batch": 5}, "ghost_batch", "must divide batch_size=32"),
        ({"batch_size": 512, "train_size": 500}, "batch_size", "more than the 500 training images"),
        ({"schedule": "plateau-validation", "validation": False}, "schedule", "needs validation=true"),
        ({"norms": (), "trainable": "norm"}, "trainable", "choose a norm, all or head"),
        ({"norms": (), "trainable": "random"}, "trainable", "choose a norm, all or head"),
        ({"weight_norms": 0.001}, "weight_norms", "use 0 for free lengths, or at least 0.01"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, Any], named: str, fix: str) -> None:
    with pytest.raises(ConfigError, match=fix) as refused:
        changed(RunConfig(), settings)
    assert refused.value.field == named


def test_without_a_validation_split_its_images_train() -> None:
    assert DataConfig(validation=False).training_images == 997
    assert DataConfig(Dataset.MNIST, validation=False, train_size=60_000).training_images == 60_000
    assert DataConfig(train_size=500).training_images == 500


def test_norms_take_the_studys_order_and_numbers_one_form() -> None:
    assert ModelConfig(norms=(Norm.GN, Norm.BN)).norms == (Norm.BN, Norm.GN)
    assert ModelConfig(norms=["gn", "bn"]) == ModelConfig(norms=(Norm.BN, Norm.GN))  # type: ignore[arg-type]
    assert str(PenaltyConfig(l1=0).l1) == str(PenaltyConfig(l1=-0.0).l1) == "0.0"
    assert isinstance(OptimConfig(lr=1).lr, float)


def test_every_setting_has_a_label_and_a_plain_help_text() -> None:
    for setting in SETTINGS.values():
        assert setting.rule.label
        assert 1 <= setting.rule.help.count(". ") + 1 <= 3
        assert setting.rule.help.endswith(".")


@pytest.mark.parametrize("part", [DataConfig, ModelConfig, PenaltyConfig, OptimConfig, RunConfig])
def test_help_says_what_every_setting_means(part: type) -> None:
    told = " ".join(str(part.__doc__).split())
    for name, setting in SETTINGS.items():
        if name in {item.name for item in fields(part)}:
            assert f"{name}: {setting.rule.help}" in told
