"""Arms from a store's runs, and the 2×2 designs they complete."""

from dataclasses import replace

import pytest

from normlab.compare import READY, Arm, arms, designs, find
from normlab.config import RunConfig
from normlab.identity import base, canonical, run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import RunSummary


def config(**settings: object) -> RunConfig:
    return changed(RunConfig(), settings)


def summary(status: Status = Status.FINISHED, **settings: object) -> RunSummary:
    chosen = config(**settings)
    return RunSummary(run_id(chosen), chosen, status, False, None)


def arm(**settings: object) -> Arm:
    return Arm(base(config(**settings)), tuple(config(**settings, seed=seed) for seed in range(3)))


BN, BN_L1, GN, GN_L1 = arm(), arm(l1=1e-3), arm(norms=("gn",)), arm(norms=("gn",), l1=1e-3)
LN, BN_L2, BOTH = arm(norms=("ln",)), arm(l2=1e-3), arm(l1=1e-3, l2=1e-3)


def test_an_arm_is_all_ended_runs_that_are_equal_but_for_the_seed() -> None:
    found = arms(
        [
            summary(seed=2),
            summary(seed=0),
            summary(seed=7, status=Status.DIVERGED),
            summary(seed=3, status=Status.RUNNING),
            summary(seed=4, status=Status.INTERRUPTED),
            summary(l1=1e-3),
        ]
    )
    assert found == (Arm(config(), (config(seed=0), config(seed=2)), (7,)), Arm(config(l1=1e-3), (config(l1=1e-3),)))
    assert found[0].seeds == (0, 2)


def test_what_a_run_records_does_not_split_an_arm_and_the_fuller_record_counts() -> None:
    found = arms([summary(bn_modes=True), summary(), summary(seed=1)])
    assert found == (Arm(config(), (config(bn_modes=True), config(seed=1))),)


def test_settings_without_effect_do_not_split_an_arm() -> None:
    found = arms([summary(groups=1, seed=0), summary(groups=2, seed=1)])
    assert [one.seeds for one in found] == [(0, 1)]


def test_a_run_can_be_picked_from_its_arm() -> None:
    known = (Arm(config(), (config(seed=0), config(seed=2)), (7,)),)
    assert find(known, config(seed=5)) == known[0], "whatever the seed, it is the arm"
    assert find(known, config(), 2) == Arm(config(), (config(seed=2),), (), 2)
    assert find(known, config(), 7) == Arm(config(), (), (7,), 7)
    assert find(known, config(), 5) is None
    assert find(known, config(l1=0.5)) is None


@pytest.mark.parametrize(
    "chosen",
    [(BN, BN_L1, GN, GN_L1), (BN, GN_L1), (BN, BN_L1), (BN, GN), (BN_L1, GN, GN_L1)],
    ids=["all four", "opposite corners", "one arm without and with", "two arms", "three"],
)
def test_the_headline_design_is_found_whatever_part_of_it_is_chosen(chosen: tuple[Arm, ...]) -> None:
    found = designs(chosen, (BN, BN_L1, GN, GN_L1))
    assert len(found) == 1
    design = found[0]
    assert {design.a, design.b} == {BN, GN}, "a norm is A or B, a penalty is x"
    assert {design.a_x, design.b_x} == {BN_L1, GN_L1}
    assert (design.factor, design.treatment) == (("norms",), ("l1",))
    assert (design.a.config.model.norms, design.b.config.model.norms) == (
        design.a_x.config.model.norms,
        design.b_x.config.model.norms,
    )


def test_the_first_chosen_arm_is_a() -> None:
    assert designs((BN, BN_L1, GN, GN_L1), (BN, BN_L1, GN, GN_L1))[0].arms == (BN, BN_L1, GN, GN_L1)
    assert designs((GN_L1, BN), (BN, BN_L1, GN, GN_L1))[0].arms == (GN, GN_L1, BN, BN_L1)


def test_designs_that_hold_more_of_the_chosen_come_first() -> None:
    known = (BN, BN_L1, BN_L2, BOTH, GN, GN_L1, LN)
    found = designs((BN, BN_L1, BN_L2, BOTH), known)
    assert set(found[0].arms) == {BN, BN_L1, BN_L2, BOTH}
    assert all(len(set(design.arms)) == 4 for design in found)
    assert {design.treatment for design in found[1:]} == {("l1",)}, "BN and GN, without and with L1"


def test_an_incomplete_square_is_no_design() -> None:
    assert designs((BN, BN_L1, GN), (BN, BN_L1, GN)) == []
    assert designs((BN,), (BN, BN_L1, GN, GN_L1)) == []
    assert designs((), ()) == []


def test_a_change_of_two_settings_can_be_x() -> None:
    proximal = arm(l1=1e-3, l1_step="proximal"), arm(norms=("gn",), l1=1e-3, l1_step="proximal")
    found = designs((BN, GN), (BN, GN, *proximal))
    assert [design.treatment for design in found] == [("l1", "l1_step")]


def test_a_setting_that_one_arm_cannot_have_makes_no_design() -> None:
    scoped, bare = arm(l1=1e-3, l1_scope="gamma"), arm(norms=())
    assert designs((BN, bare), (BN, bare, scoped)) == []


def test_arms_of_ready_comparisons_are_valid_and_different() -> None:
    for one in READY:
        configs = [base(each) for each in one.configs()]
        assert len(set(configs)) == len(configs) <= 4
        assert all(canonical(replace(each, seed=3)) == replace(each, seed=3) for each in configs)
