"""Stresses as text: what is written is read back, what is wrong is one sentence."""

import random
from typing import Any

import pytest

from normlab.choices import Norm
from normlab.config import ConfigError, ModelConfig
from normlab.settings import SETTINGS as RUN_SETTINGS
from normlab.stresses import SETTINGS, Stress, changed, from_query, to_query
from normlab.stresses.network import repair


def random_stress(seed: int) -> Stress:
    rng = random.Random(seed)

    def value(name: str) -> Any:
        setting = SETTINGS[name]
        if setting.kind is bool:
            return rng.random() < 0.5
        if setting.kind is int:
            return rng.randint(int(setting.rule.low), int(setting.rule.high))
        if setting.kind is float:
            return rng.uniform(setting.rule.low, setting.rule.high)
        return rng.choice(list(setting.kind))

    return Stress(**{name: value(name) for name in SETTINGS if rng.random() < 0.7})


@pytest.mark.parametrize("seed", range(100))
def test_a_query_reads_back_what_it_wrote(seed: int) -> None:
    stress = random_stress(seed)
    assert from_query(to_query(stress)) == (stress, [])


def test_doing_nothing_needs_no_query() -> None:
    assert to_query(Stress()) == {}


def test_an_address_can_hold_a_run_and_a_stress() -> None:
    assert not SETTINGS.keys() & RUN_SETTINGS.keys()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"contrast": float("nan")}, "contrast=nan must be a number from 0 to 10."),
        ({"contrast": -0.1}, "contrast=-0.1 must be a number from 0 to 10."),
        ({"raw_brightness": 2}, "raw_brightness=2 must be a number from -1 to 1."),
        ({"weight_scale": 0}, "weight_scale=0 must be a number from 0.1 to 10."),
        ({"weight_scale": "much"}, "weight_scale=much must be a number from 0.1 to 10."),
        ({"test_batch": 257}, "test_batch=257 must be a whole number from 1 to 256."),
        ({"test_batch": 1.5}, "test_batch=1.5 must be a whole number from 1 to 256."),
        ({"image": 800}, "image=800 must be a whole number from 0 to 799."),
        ({"statistics": "mine"}, "statistics=mine is not known; choose one of running, batch, reestimated."),
        ({"repaired": 1}, "repaired=1 must be true or false."),
        ({"noise": 0.1}, "noise is no setting of a stress; known are contrast, "),
    ],
)
def test_bad_values_are_one_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as told:
        changed(Stress(), values)
    assert str(told.value).startswith(sentence)
    assert str(told.value).endswith(".")


def test_a_query_keeps_what_it_can() -> None:
    stress, refused = from_query({"contrast": "0,3", "weight_scale": "much", "noise": "1", "statistics": "Batch"})
    assert stress == Stress(contrast=0.3, statistics="batch")
    assert [error.field for error in refused] == ["weight_scale", "noise"]


@pytest.mark.parametrize("norms", [(), (Norm.LN,), (Norm.GN, Norm.IN)])
@pytest.mark.parametrize("statistics", ["batch", "reestimated"])
def test_statistics_that_a_network_does_not_have_are_refused(norms: tuple[Norm, ...], statistics: str) -> None:
    stress = Stress(statistics=statistics)
    with pytest.raises(ConfigError, match=f"^statistics={statistics} needs a norm that remembers some.*running.$"):
        stress.require(ModelConfig(norms=norms))
    stress.require(ModelConfig(norms=(Norm.BN, *norms)))


def test_dropout_that_a_network_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^test_dropout=true needs a network with dropout: .*\.$"):
        Stress(test_dropout=True).require(ModelConfig(dropout=0))


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("model", [ModelConfig(), ModelConfig(norms=(), dropout=0), ModelConfig(norms=(Norm.LN,))])
def test_what_is_effective_asks_for_nothing_that_is_lacking_and_is_itself(seed: int, model: ModelConfig) -> None:
    effective = random_stress(seed).effective(model)
    effective.require(model)
    assert effective.effective(model) == effective
    assert not effective.repaired or repair(model)


def test_what_has_no_effect_does_not_tell_two_stresses_apart() -> None:
    model = ModelConfig()
    assert Stress(test_batch=7, composition="sorted", image=3, draw=5, repaired=True).effective(model) == Stress()
    assert Stress(test_batch=7, statistics="batch").effective(model) == Stress(test_batch=7, statistics="batch")
