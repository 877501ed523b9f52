"""The generation of the training code: equal origins give equal digits, and whoever changes a digit has to say so."""

from dataclasses import replace

import generation_kit as kit
import pytest

from normlab.generation import GENERATION, difference, is_older
from normlab.training.machine import Here, here

TOLERANCE = 1e-3
"""Relative, of a loss within six steps of training: rounding differs by 1e-6 there, another formula by far more."""
RECORD = "python tests/training/generation_kit.py"


def test_the_recorded_digits_are_of_the_present_generation() -> None:
    assert kit.recorded().generation == GENERATION, f"The generation was raised: record its digits ({RECORD})."
    assert kit.recorded().runs.keys() == kit.RUNS.keys(), f"Record the digits anew: {RECORD}."


@pytest.mark.parametrize("name", kit.RUNS)
def test_short_runs_come_again(name: str) -> None:
    """Bit for bit where the origin is the recorded one; elsewhere within the tolerance, and the skip says why."""
    then, now = kit.recorded(), kit.digits(name)
    assert now.losses == pytest.approx(then.runs[name].losses, rel=TOLERANCE)
    if reason := difference(then, here()):
        pytest.skip(f"compared within {TOLERANCE:g}, not bit for bit: {reason}")
    assert now == then.runs[name], f"Digits have changed: raise normlab.generation.GENERATION, then {RECORD}."


MADE = Here(1, "znver4 linux avx avx2", {"numba": "0.68.1", "llvm": "22.1.0", "torch": "2.14.1", "numpy": "2.4.6"})


def test_equal_origins_have_no_difference() -> None:
    assert difference(MADE, MADE) == ""
    other = replace(MADE, versions={**MADE.versions, "normlab": "9.9", "python": "3.14"})
    assert difference(MADE, other) == ""


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (replace(MADE, generation=2), "generation 1 is not generation 2"),
        (replace(MADE, processor="haswell linux avx avx2"), "the processor znver4 is not haswell"),
        (replace(MADE, processor="znver4 linux avx"), "the processor znver4 has not the same features: avx2"),
        (replace(MADE, processor=""), "the processor znver4 is not unknown"),
        (replace(MADE, versions={**MADE.versions, "torch": "2.15"}), "torch 2.14.1 is not torch 2.15"),
        (replace(MADE, versions={"torch": "2.14.1", "numpy": "2.4.6"}), "numba 0.68.1 is not numba none"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_difference_names_what_differs(other: Here, reason: str) -> None:
    assert difference(MADE, other) == reason


def test_what_has_no_generation_is_older_and_equals_nothing() -> None:
    before = replace(MADE, generation=0)
    assert is_older(before)
    assert not is_older(here())
    assert difference(before, before) == "both are from before generations were counted"


def test_a_processor_is_its_name_and_its_features() -> None:
    name, *features = here().processor.split()
    assert name
    assert any(feature.startswith("torch-") for feature in features)
    assert {"torch", "numpy"} <= here().versions.keys()
