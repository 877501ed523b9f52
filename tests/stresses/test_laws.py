"""The law of every stress: where it changes nothing, exactly or but for ε, and where it must change something."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from stress_kit import made_up, shipped

from normlab.choices import Dataset, Norm
from normlab.config import ModelConfig
from normlab.normmath import EPSILON
from normlab.presets import SINGLE_NORMS
from normlab.stresses import Outcome, Stress, apply, ruler, sample, seen, stress
from normlab.stresses.dropout import Dropout
from normlab.stresses.network import repair, scaled_convolutions

BN, LN, GN, IN, RMS = (ModelConfig(norms=(norm,)) for norm in (Norm.BN, Norm.LN, Norm.GN, Norm.IN, Norm.RMS))
BARE = ModelConfig(norms=(), study_exact=True, dropout=0.0)
BIASED = ModelConfig(norms=())
BATCH = {"statistics": "batch"}


def logits_agree(one: Outcome, other: Outcome, tolerance: float = 2e-3) -> bool:
    return bool(np.abs(one.probabilities - other.on(one.images).probabilities).max() < tolerance)


def both(model: ModelConfig, *, before: dict[str, Any] | None = None, **settings: Any) -> tuple[Outcome, Outcome]:
    """A made-up network's outcomes, and with more settings."""
    run = made_up(model)
    return stress(run, **(before or {})), stress(run, **(before or {}), **settings)


# Images


def test_pixels_are_changed_as_the_settings_say() -> None:
    """About the data set's mean, and raw ones by themselves; nothing is clipped."""
    mean, std = Dataset.DIGITS.spec.normalization
    inputs = sample(Dataset.DIGITS).images
    raw = inputs * std + mean
    for stress_, expected in (
        (Stress(contrast=0.3), 0.3 * (raw - mean) + mean),
        (Stress(raw_contrast=1.7), 1.7 * raw),
        (Stress(raw_brightness=-0.5), raw - 0.5),
        (Stress(raw_contrast=0.5, raw_brightness=0.2, contrast=2), 2 * (0.5 * raw + 0.2 - mean) + mean),
    ):
        found = seen(stress_, inputs, Dataset.DIGITS) * std + mean
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_doing_nothing_is_the_identity() -> None:
    inputs = sample(Dataset.DIGITS).images
    assert seen(Stress(contrast=1, raw_contrast=1, raw_brightness=0), inputs, Dataset.DIGITS) is inputs


@pytest.mark.parametrize("norms", SINGLE_NORMS)
def test_a_network_that_nothing_is_done_to_answers_as_it_did_when_it_was_trained(norms: tuple[Norm, ...]) -> None:
    run = shipped(norms=norms, seed=3)
    outcome = apply(run, Stress())
    stored = run.snapshot(outcome.epoch).predicted
    assert (outcome.answers != stored).sum() <= 1, "another machine may add in another order"
    assert run.record is not None
    assert outcome.score.accuracy == pytest.approx(run.record.test_accuracy, abs=1 / 800 + 1e-6)


@pytest.mark.parametrize("model", [LN, GN, IN], ids=["ln", "gn", "in"])
@pytest.mark.parametrize("contrast", [0.3, 4.0])
def test_norms_of_one_image_do_not_see_its_contrast(model: ModelConfig, contrast: float) -> None:
    """Convolutions have no bias behind which a factor could hide, so the first norm divides it out, but for ε."""
    assert logits_agree(*both(model, contrast=contrast))


@pytest.mark.parametrize("contrast", [0.3, 4.0])
def test_statistics_of_the_batch_do_not_see_contrast_and_remembered_ones_do(contrast: float) -> None:
    assert logits_agree(*both(BN, before=BATCH, contrast=contrast))
    assert not logits_agree(*both(BN, contrast=contrast))


def test_rms_sees_contrast_only_because_of_biases() -> None:
    """RMSNorm has no β, so its convolutions have biases, which do not shrink with the image."""
    assert not logits_agree(*both(RMS, contrast=0.3))
    run = made_up(RMS)
    (epoch,) = run.snapshot_epochs()[-1:]
    snapshot = run.snapshot(epoch)
    inner = {name: np.zeros_like(value) for name, value in snapshot.weights.items() if name.endswith("conv.bias")}
    inner |= {"transition.bias": np.zeros_like(snapshot.weights["transition.bias"])}
    unbiased = replace(run, snapshots={epoch: replace(snapshot, weights={**snapshot.weights, **inner})})
    assert logits_agree(stress(unbiased), stress(unbiased, contrast=0.3))


def test_without_norm_and_biases_contrast_scales_all_logits_alike() -> None:
    before, after = both(BARE, contrast=0.3)
    assert after.changed_from(before) == 0
    assert not logits_agree(before, after)
    run = shipped(norms=())
    assert stress(run, contrast=0.3).changed_from(stress(run)) > 0, "biases do not shrink with the image"


def test_epsilon_is_where_invariance_ends() -> None:
    """A variance that contrast leaves of about ε is not divided out any more."""
    assert not logits_agree(*both(LN, contrast=np.sqrt(EPSILON) / 2))


@pytest.mark.parametrize("model", [LN, GN, BIASED], ids=["ln", "gn", "none"])
def test_brightness_is_seen_by_all(model: ModelConfig) -> None:
    """Raw contrast too: it moves the mean as well."""
    assert not logits_agree(*both(model, raw_brightness=0.5))
    assert not logits_agree(*both(model, raw_contrast=0.3))


# Weights


def test_all_convolutions_but_the_head_are_scaled() -> None:
    names = [f"block{number}.conv.weight" for number in (1, 2)] + ["transition.weight"]
    assert scaled_convolutions(BN) == (*names, *(f"block{number}.conv.weight" for number in (3, 4, 5, 6)))


@pytest.mark.parametrize("scale", [0.5, 3.0])
@pytest.mark.parametrize(
    ("model", "settings"), [(LN, {}), (GN, {}), (IN, {}), (BN, BATCH), (BN, {"statistics": "reestimated"})]
)
def test_a_norm_that_measures_does_not_see_the_length_of_weights(
    model: ModelConfig, settings: dict[str, Any], scale: float
) -> None:
    """But for ε."""
    assert logits_agree(*both(model, before=settings, weight_scale=scale))


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_what_remembers_sees_it_and_so_do_biases(scale: float) -> None:
    for model in (BN, RMS, BIASED):
        assert not logits_agree(*both(model, weight_scale=scale))
    before, after = both(BARE, weight_scale=scale)
    assert after.changed_from(before) == 0


def test_the_repair_follows_from_how_many_convolutions_stand_before_a_norm() -> None:
    powers = {f"block{number}": 2 if number == 3 else 1 for number in range(1, 7)}
    assert repair(BN) == {
        **{f"{block}.bn.running_mean": power for block, power in powers.items()},
        **{f"{block}.bn.running_var": 2 * power for block, power in powers.items()},
    }
    assert repair(LN) == {}
    assert repair(BARE) == {}
    biased = ("block1.conv", "block2.conv", "transition", "block3.conv", "block4.conv", "block5.conv", "block6.conv")
    assert repair(BIASED) == {**{f"{name}.bias": place for place, name in enumerate(biased, 1)}, "head.bias": 7}
    assert repair(RMS) == {
        **{f"{block}.conv.bias": power for block, power in powers.items()},
        "transition.bias": 1,
    }


@pytest.mark.parametrize("scale", [0.3, 0.9, 2.5])
@pytest.mark.parametrize(
    "model",
    [BN, RMS, replace(BN, norms=tuple(Norm)), replace(BN, norms=(Norm.BN, Norm.LN), study_exact=False)],
    ids=["bn", "rms", "all", "bn+ln"],
)
def test_the_repair_gives_every_probability_back(model: ModelConfig, scale: float) -> None:
    assert logits_agree(*both(model, weight_scale=scale, repaired=True))


@pytest.mark.parametrize("scale", [0.5, 0.9, 2.0])
@pytest.mark.parametrize("norms", [(), (Norm.BN,), (Norm.RMS,)])
def test_the_repair_gives_every_answer_of_a_trained_network_back(norms: tuple[Norm, ...], scale: float) -> None:
    run = shipped(norms=norms, seed=2)
    before = stress(run)
    assert stress(run, weight_scale=scale).changed_from(before) > 0
    assert stress(run, weight_scale=scale, repaired=True).changed_from(before) == 0


# Neighbors


@pytest.mark.parametrize("model", [LN, GN, BIASED, BN], ids=["ln", "gn", "none", "bn, remembered"])
def test_an_answer_is_private_unless_the_batch_is_measured(model: ModelConfig) -> None:
    run = made_up(model)
    alone = apply(run, Stress(test_batch=1, composition="among", image=5))
    for composition, neighbors in (("among", "own"), ("among", "mixed"), ("one-class", "own")):
        told = Stress(composition=composition, image=5, neighbors=neighbors)
        assert logits_agree(alone, apply(run, told).on(alone.images), 1e-5)


def test_neighbors_decide_an_answer_where_the_batch_is_measured() -> None:
    run = shipped(norms=(Norm.BN,), seed=0)
    mixed = stress(run, **BATCH)
    assert stress(run, **BATCH, composition="one-class").changed_from(mixed) > 400
    own = stress(run, **BATCH, composition="among", image=7)
    other = stress(run, **BATCH, composition="among", image=7, neighbors="mixed")
    assert own.images[0] == other.images[0] == 7
    assert np.abs(own.probabilities[0] - other.probabilities[0]).max() > 0.1


def test_a_batch_of_one_image_measures_that_image() -> None:
    """So each of its channels has the mean β in block 6, whatever it is, as with InstanceNorm."""
    found = stress(made_up(BN), **BATCH, test_batch=1).probabilities
    np.testing.assert_allclose(found, found[:1].repeat(len(found), axis=0), atol=1e-4)


def test_a_ruler_is_what_the_norm_measures_with() -> None:
    run = made_up(BN)
    found = ruler(run, Stress(**BATCH, composition="among", image=3), "block6")
    measured = found.measured
    np.testing.assert_allclose(measured.mean[0], measured.values.mean(axis=(0, 2, 3)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(measured.spread[0], measured.values.var(axis=(0, 2, 3)), rtol=1e-4, atol=1e-5)
    assert found.images[0] == 3
    assert (measured.mean == measured.mean[0]).all()
    remembered = ruler(run, Stress(composition="among", image=3), "block6").measured
    snapshot = run.snapshot(run.snapshot_epochs()[-1])
    np.testing.assert_array_equal(remembered.mean[0], snapshot.weights["block6.bn.running_mean"])
    own = ruler(made_up(LN), Stress(composition="among", image=3), "block6").measured
    np.testing.assert_allclose(own.mean[:, 0], own.values.mean(axis=(1, 2, 3)), rtol=1e-4, atol=1e-5)


# Dropout


def test_dropout_drops_its_share_and_what_it_keeps_makes_up_for_it() -> None:
    model = replace(BN, dropout=0.3)
    factors = Dropout(model, 800, 0).of(np.arange(800))("block2")
    assert factors.shape == (800, 12, 24, 24)
    assert (factors == 0).mean() == pytest.approx(0.3, abs=2e-3)
    assert factors.mean() == pytest.approx(1, abs=3e-3)
    np.testing.assert_allclose(np.unique(factors), [0, 1 / 0.7], atol=1e-4)


def test_what_is_dropped_of_an_image_does_not_depend_on_its_batch() -> None:
    dropout = Dropout(BN, 10, 0)
    together, alone = dropout.of(np.arange(10))("block1"), dropout.of(np.array([7]))("block1")
    np.testing.assert_array_equal(together[7], alone[0])
    assert (Dropout(BN, 10, 1).of(np.arange(10))("block1") != together).any()


def test_dropout_that_is_left_on_changes_answers_and_a_draw_fixes_them() -> None:
    run = made_up(replace(LN, dropout=0.5))
    plain, first, again, other = (
        stress(run),
        *(stress(run, test_dropout=True, draw=draw) for draw in (0, 0, 1)),
    )
    assert first.changed_from(plain) > 0
    np.testing.assert_array_equal(first.probabilities, again.probabilities)
    assert first.changed_from(other) > 0
