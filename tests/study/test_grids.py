"""The replication's grids as data, the choice of λ, and how far the study is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from store_kit import told

from normlab.choices import L1Step, Norm, Scope
from normlab.identity import canonical, run_id
from normlab.presets import PRESETS
from normlab.record import Ended, EpochEnd, Score, Status
from normlab.store import FolderBox, Store, StoreProblem, ship, write_manifest
from normlab.study.plan import grids, mechanisms
from normlab.study.plan.grids import GridArm, Part, Strengths
from normlab.study.results import tuning
from normlab.study.results.progress import guessed, pace, part_status, work
from normlab.study.results.result_files import RESULTS

TINY = Part(
    "tiny",
    "Two norms",
    {"epochs": 2, "l1_scope": Scope.WEIGHTS},
    seeds=(0, 1),
    norms=((), (Norm.BN,)),
    penalties=("none", "l1"),
    l1=(1e-4, 1e-3),
    tuning_seeds=(100,),
)


@pytest.mark.parametrize("part", grids.PARTS, ids=lambda part: part.name)
def test_a_part_has_every_arm_with_every_seed_once(part: Part) -> None:
    configs = part.configs(guessed(part) if part.is_tuned else part.fixed_strengths())
    assert len({run_id(config) for config in configs}) == len(configs) == part.size()
    seeds = [config.seed for config in configs]
    assert seeds == sorted(seeds), "every arm comes once before a seed comes again"
    assert not set(part.seeds) & set(part.tuning_seeds)


def test_the_studys_part_is_its_recipe_and_begins_with_its_three_experiments() -> None:
    part = grids.BY_NAME["study"]
    configs = part.configs(part.fixed_strengths())
    presets = {run_id(preset.config()) for preset in PRESETS if preset.name.startswith("Study:")}
    assert {run_id(config) for config in configs[:3]} == presets
    assert len(configs) == 48
    for config in map(canonical, configs):
        assert config.model.study_exact is (not config.model.norms)
        assert config.bn_modes is (Norm.BN in config.model.norms)
        assert (config.optim.epochs, config.optim.lr, config.data.validation) == (25, 0.02, False)


def test_the_honest_parts_penalize_weights_hold_out_images_and_follow_a_fixed_schedule() -> None:
    for part in grids.PARTS[1:]:
        for config in part.configs(guessed(part)):
            assert config.penalty.l1_scope is config.penalty.l2_scope is Scope.WEIGHTS
            assert config.data.validation
            assert config.optim.schedule == "one-cycle"
            assert not config.model.study_exact


def test_both_penalties_start_from_the_two_that_were_chosen_alone() -> None:
    part = grids.BY_NAME["digits"]
    chosen = {"bn/l1": Strengths(l1=1e-4), "bn/l2": Strengths(l2=3e-3)}
    options = part.candidates(GridArm((Norm.BN,), "l1+l2"), chosen)
    assert options == [Strengths(1e-4, 3e-3), Strengths(3e-5, 9e-4), Strengths(1e-5, 3e-4)]


def test_where_the_best_candidate_is_the_last_one_the_grid_grows() -> None:
    part, arm = grids.BY_NAME["mnist-2k"], GridArm((Norm.BN,), "l2")
    tried = part.candidates(arm, {})
    assert part.further(arm, tried, Strengths(l2=3e-3)) == []
    assert part.further(arm, tried, Strengths(l2=1e-2)) == [Strengths(l2=3e-2)]
    assert part.further(arm, tried, Strengths(l2=1e-4)) == [Strengths(l2=3e-5)]
    assert part.further(arm, [*tried, Strengths(l2=3e-2)], Strengths(l2=1e-2)) == [], "3e-2 was no better"
    assert part.further(GridArm((Norm.BN,), "l1"), [Strengths(l1=1e-6), Strengths(l1=1e-5)], Strengths(l1=1e-6)) == []
    assert part.further(GridArm((Norm.BN,), "l1+l2"), [Strengths(1e-4, 1e-2)], Strengths(1e-4, 1e-2)) == []
    assert set(part.l1 + part.l2) <= set(grids.LADDER)


def test_a_lambda_at_the_edge_of_what_was_tried_is_known(tmp_path: Path) -> None:
    trials = {
        arm.name: [tuning.Trial(Strengths(l1=value if arm.penalty == "l1" else 0.0), accuracy, 0.3)
                   for value, accuracy in zip(TINY.l1, (0.9, 0.8 if arm.norms else 0.95), strict=True)]
        for arm in TINY.arms()
    }  # fmt: skip
    tuning.write(TINY, trials, {}, tmp_path)
    assert tuning.at_edge(TINY, tmp_path) == {"none/l1": "largest", "bn/l1": "smallest"}


def test_the_best_candidate_has_the_highest_accuracy_then_the_lowest_loss() -> None:
    trials = [
        tuning.Trial(Strengths(l1=value), a, loss) for value, a, loss in [(1, 0.9, 0.3), (2, 0.95, 0.4), (3, 0.95, 0.2)]
    ]
    assert tuning.best(trials).strengths.l1 == 3


def put(place: Store, part: Part, arm: GridArm, strengths: Strengths, seed: int, validation: float) -> Path:
    config = canonical(part.config(arm, strengths, seed))
    with place.begin(config) as attempt:
        for event in told(config):
            if isinstance(event, EpochEnd):
                event = replace(event, validation=Score(1 - validation, validation))
            attempt.append(event)
        attempt.commit(Ended(Status.FINISHED))
    return place.root / run_id(config)


def test_lambda_is_chosen_on_the_validation_split_and_kept_with_its_candidates(tmp_path: Path) -> None:
    place, arm = Store(tmp_path / "runs"), GridArm((Norm.BN,), "l1")
    for strengths, validation in ((Strengths(l1=1e-4), 0.9), (Strengths(l1=1e-3), 0.95)):
        put(place, TINY, arm, strengths, 100, validation)
    found = [tuning.trial(TINY, arm, option, place) for option in TINY.candidates(arm, {})]
    trials = {item.name: found if item == arm else [tuning.Trial(Strengths(), 0.5, 0.5)] for item in TINY.arms()}
    chosen = tuning.write(TINY, trials, {"machine": "m"}, tmp_path / RESULTS)
    assert chosen["bn/l1"] == Strengths(l1=1e-3)
    assert tuning.strengths_of(TINY, tmp_path / RESULTS) == chosen
    kept = json.loads((tmp_path / RESULTS / tuning.FILE).read_text())["tiny"]["bn/l1"]["candidates"]
    assert [item["validation_accuracy"] for item in kept] == [0.9, 0.95]
    (tmp_path / RESULTS / tuning.FILE).write_text("{")
    with pytest.raises(StoreProblem, match="delete it to choose λ again"):
        tuning.strengths_of(TINY, tmp_path / RESULTS)


def test_what_remains_shrinks_with_every_run_that_ships(tmp_path: Path) -> None:
    shelf, place = tmp_path / "shelf", Store(tmp_path / "runs")
    part = replace(TINY, l1=(), tuning_seeds=())
    before = part_status(part, shelf, 1e-4)
    assert (before.remaining, len(before.shipped)) == (8, 0)
    arm = part.arms()[0]
    folder = put(place, part, arm, Strengths(), 0, 0.9)
    ship(FolderBox(folder), shelf, history=False)
    write_manifest(shelf)
    after = part_status(part, shelf, 1e-4)
    assert (after.remaining, list(after.shipped)) == (7, [folder.name])
    assert after.seconds == pytest.approx(before.seconds - 1e-4 * work(part.config(arm, Strengths(), 0)))


class Everything:
    def __contains__(self, name: object) -> bool:
        return True


def test_until_lambda_is_chosen_the_tuning_remains_too(tmp_path: Path) -> None:
    unit = work(TINY.config(TINY.arms()[0], Strengths(), 0))
    state = part_status(TINY, tmp_path, 1.0)
    assert state.strengths is None
    assert state.seconds == pytest.approx(unit * (8 + 2 * (1 + 2)))
    assert part_status(TINY, tmp_path, 1.0, Everything()).seconds == 0, "what has ended costs nothing"


def test_the_pace_is_that_of_runs_on_this_machine(tmp_path: Path) -> None:
    assert pace([]) > 0
    place = Store(tmp_path)
    config = TINY.config(TINY.arms()[0], Strengths(), 0)
    put(place, TINY, TINY.arms()[0], Strengths(), 0, 0.9)
    assert pace(place.list()) == pytest.approx(2 * synthetic.epoch_end(config, 1).seconds / work(config))


def test_recording_modes_costs_and_is_counted() -> None:
    config = grids.BY_NAME["study"].config(GridArm((Norm.BN,), "none"), Strengths(), 1)
    plain = replace(config, bn_modes=False)
    assert 1.05 < work(config) / work(plain) < 1.2


def test_a_whole_run_ships_as_it_is(tmp_path: Path) -> None:
    folder = put(Store(tmp_path / "runs"), TINY, TINY.arms()[0], Strengths(), 0, 0.9)
    copy = ship(FolderBox(folder), tmp_path / "shelf", history=True)
    for path in folder.iterdir():
        assert (copy / path.name).read_bytes() == path.read_bytes()


def test_every_mechanism_has_its_arm_and_momentum_alone_changes_no_weight() -> None:
    asked = [word for variant in mechanisms.VARIANTS for word in variant.asks.split(": ")[0].split(" to ")]
    letters = {word for word in asked if len(word) == 1}
    assert letters == set("ABCDEFGH")
    base = mechanisms.BY_NAME["base"].config(1)
    assert (base.penalty.l1, base.penalty.l2, base.optim.lr, base.optim.schedule) == (0.01, 1e-5, 0.02, "constant")
    other = mechanisms.BY_NAME["momentum-0.5"].config(1)
    assert replace(other, model=replace(other.model, bn_momentum=0.1)) == base
    assert mechanisms.BY_NAME["proximal"].config(1).penalty.l1_step is L1Step.PROXIMAL
    names = [item.file_name for item in mechanisms.measurements()]
    assert len(set(names)) == len(names) == 3 * len(mechanisms.VARIANTS)
