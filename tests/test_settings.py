"""Text forms of a configuration: what is written is read back, what is wrong is named and does no harm."""

import random
from typing import Any, get_origin

import pytest

from normlab.compare import read_arm
from normlab.config import ConfigError, RunConfig
from normlab.presets import PRESETS
from normlab.settings import (
    SCHEMA,
    SETTINGS,
    accepted,
    changed,
    differences,
    from_query,
    from_toml,
    one_each,
    to_query,
    to_toml,
)


def random_value(name: str, rng: random.Random) -> Any:
    setting = SETTINGS[name]
    if setting.kind is bool:
        return rng.random() < 0.5
    if setting.kind is int:
        return rng.randint(int(setting.rule.low), int(setting.rule.high))
    if setting.kind is float:
        return rng.uniform(setting.rule.low, setting.rule.high)
    members = list(setting.default and type(setting.default[0]) if get_origin(setting.kind) else setting.kind)
    return tuple(rng.sample(members, rng.randint(0, 3))) if get_origin(setting.kind) else rng.choice(members)


def random_config(seed: int) -> RunConfig:
    rng = random.Random(seed)
    config, _ = accepted(RunConfig(), {name: random_value(name, rng) for name in SETTINGS})
    return config


@pytest.mark.parametrize("seed", range(200))
def test_url_and_toml_read_back_what_they_wrote(seed: int) -> None:
    config = random_config(seed)
    assert from_toml(to_toml(config)) == config
    assert from_query(to_query(config)) == (config, [])
    assert from_query(to_query(config, every=True)) == (config, [])


def test_the_default_needs_no_query_and_a_permalink_writes_every_setting_and_the_version() -> None:
    assert to_query(RunConfig()) == {}
    assert set(to_query(RunConfig(), every=True)) == {"v", *SETTINGS}


def test_of_settings_that_contradict_each_other_the_same_one_is_refused_in_any_order() -> None:
    values = {"groups": 7, "norms": ("gn",)}
    for order in (values, dict(reversed(values.items()))):
        config, (refused,) = accepted(RunConfig(), order)
        assert config == changed(RunConfig(), {"norms": ("gn",)})
        assert refused.field == "groups"


def test_settings_that_only_fit_together_are_accepted_in_any_order() -> None:
    query = {"groups": "4", "norms": "gn", "widths": "even"}
    for names in (list(query), list(reversed(query))):
        config, refused = from_query({name: query[name] for name in names})
        assert refused == []
        assert config.model.groups == 4


def test_what_is_refused_is_named_and_the_rest_is_kept() -> None:
    config, refused = from_query({"lr": "abc", "norms": "gn+evil", "epochs": "7", "dropuot": "0.1", "groups": "5"})
    assert {error.field for error in refused} == {"lr", "norms", "dropuot"}
    assert differences(config) == {"epochs": 7, "groups": 5}
    assert "lr=abc must be a number" in " ".join(map(str, refused))


def test_a_link_for_another_version_is_not_half_read() -> None:
    config, refused = from_query({"v": "999", "epochs": "7"})
    assert config == RunConfig()
    assert str(SCHEMA) in str(refused[0])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epochs = ", "not TOML"),
        ("epoch = 3", "epoch is not a setting"),
        ("[optim]\nepochs = 'three'", "epochs=three must be a whole number"),
        ("schema = 99", "another version"),
        ("norms = 'bn'", "must be a list"),
    ],
)
def test_a_bad_toml_file_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        from_toml(text)


def test_every_preset_is_valid_and_has_its_own_name() -> None:
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert len({preset.config() for preset in PRESETS}) == len(PRESETS)


def test_the_studys_recipe_is_the_studys() -> None:
    config = next(preset for preset in PRESETS if preset.name.startswith("Study: BN + L1 + L2")).config()
    assert (config.optim.lr, config.optim.momentum, config.optim.epochs) == (0.02, 0.9, 25)
    assert (config.penalty.l1, config.penalty.l2) == (0.01, 1e-5)
    assert (config.optim.schedule, config.data.augmentation, config.data.validation) == ("plateau-test", "study", False)
    assert (config.optim.batch_size, config.model.dropout, config.seed) == (128, 0.05, 1)


def test_a_setting_that_a_file_gives_twice_is_refused() -> None:
    for text in ("lr = 0.1\n[optim]\nlr = 0.2", "[a]\nlr = 0.1\n[b]\nlr = 0.2"):
        with pytest.raises(ConfigError, match="lr stands in the file twice"):
            from_toml(text)


@pytest.mark.parametrize(
    ("pairs", "found", "wrong"),
    [
        ([("lr", "0.1"), ("lr", "0.1")], {"lr": "0.1"}, []),
        ([("LR ", " 0.1")], {"lr": "0.1"}, []),
        ([("lr", ""), ("lr", "0.1")], {"lr": "0.1"}, []),
        ([("lr", ""), ("lr", " ")], {}, ["lr= is empty; it was ignored."]),
        ([("lr", "1"), ("lr", "2")], {"lr": "2"}, ["lr is given twice; its last value, 2, was taken."]),
        ([("a", "1"), ("a", "2"), ("a", "1")], {"a": "1"}, ["a is given 3 times; its last value, 1, was taken."]),
    ],
)
def test_a_name_has_one_text(pairs: list[tuple[str, str]], found: dict[str, str], wrong: list[str]) -> None:
    texts, errors = one_each(pairs)
    assert (texts, [str(error) for error in errors]) == (found, wrong)


@pytest.mark.parametrize("text", ["norms:bn,ln", "norms:BN + LN", " norms : bn+ln,", "norms:bn,ln,dropout:0,05"])
def test_an_arm_may_be_written_with_spaces_and_commas(text: str) -> None:
    config, seed, refused = read_arm(text)
    assert (config.model.norms, config.model.dropout, seed, refused) == (("bn", "ln"), 0.05, None, [])
