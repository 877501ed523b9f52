"""What ships for the first minute: one step from the opening page shows a result, not a button to train one."""

from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from normlab import race
from normlab.choices import Norm
from normlab.cli import shelf
from normlab.config import RunConfig
from normlab.generation import GENERATION, difference
from normlab.identity import base, run_id
from normlab.presets import DROPOUTS, LAMBDAS
from normlab.settings import changed
from normlab.store import Store, representative
from normlab.store.representative import representatives
from normlab.store.shipping import read_representatives
from normlab.study.plan import digits
from normlab.study.plan.grids import RACES
from normlab.titles import title

SHELF = Path(__file__).parents[1] / "pretrained"
SHIPPED = Store(Path(__file__).parent / "none", SHELF)


OPENING = SHIPPED.representative(RunConfig())


def pressed(norm: Norm) -> tuple[Norm, ...]:
    """The norms after a press on one: it joins those of the opening page, or leaves them."""
    chosen = {*RunConfig().model.norms} ^ {norm}
    return tuple(norm for norm in Norm if norm in chosen)


STEPS = [
    *({"dropout": stop} for stop in DROPOUTS),
    *({name: stop} for name in ("l1", "l2") for stop in LAMBDAS),
    *({"norms": pressed(norm)} for norm in Norm),
]
SHOWN = [
    OPENING,
    *(changed(OPENING, step) for step in STEPS),
    *(SHIPPED.representative(config) for config in digits.SHOWN),
]
"""What a page shows by itself, or after a first step."""


@pytest.mark.parametrize("config", SHOWN, ids=title)
def test_what_a_page_shows_by_itself_ships_and_is_of_the_present_generation(config: RunConfig) -> None:
    shipped = SHIPPED.ended(run_id(config))
    assert shipped is not None
    assert shipped.record is not None
    assert shipped.record.generation == GENERATION, "normlab rebuild --generation page"


def test_the_page_opens_with_the_run_that_the_rule_chooses() -> None:
    runs = [SHIPPED.read(run_id(changed(RunConfig(), {"seed": seed}))) for seed in digits.PAGE_SEEDS]
    assert representative([run for run in runs if run is not None]).config == OPENING


def test_the_manifest_names_what_the_rule_chooses() -> None:
    runs = [run for summary in SHIPPED.list() if (run := SHIPPED.read(summary.run_id))]
    assert read_representatives(SHELF) == representatives(runs)


def test_what_stands_for_an_arm_ships_with_its_history() -> None:
    """Where the present generation trained it; what is older waits for a rebuild."""
    seeds = Counter(base(summary.config) for summary in SHIPPED.list())
    whole = {*digits.pairs(OPENING.seed)}
    for summary in SHIPPED.list():
        run = SHIPPED.read(summary.run_id)
        assert run is not None
        assert run.record is not None
        if run.record.generation:
            stands = seeds[base(run.config)] > 1 and SHIPPED.representative(run.config) == run.config
            assert bool(run.steps) == (stands or run.config in whole), title(run.config)


def test_every_race_ships_from_before_training_with_an_answer_for_every_epoch() -> None:
    lanes = race.lanes(SHIPPED)
    norms = ["none", *(norms[0] for norms in digits.NORMS if norms)]
    assert {(lane.norm, lane.step) for lane in lanes} == {*product(norms, RACES)}, "normlab rebuild race --missing"
    for lane in lanes:
        assert len(lane.finals) >= 5
        assert 0 in lane.run.snapshot_epochs()
        assert all(end.modes for end in lane.run.epochs) or lane.norm != "bn" or lane.step < 0.1


def test_the_opening_race_has_the_outcome_that_its_lesson_speaks_of() -> None:
    lanes = race.lanes(SHIPPED)
    first = {(one.left.norm, one.left.step, one.lap): one for one in race.races(lanes)}
    opening = first["none", 0.3, 1]
    assert (opening.left.has_learned, opening.right.has_learned, opening.winner) == (False, True, "right")
    assert race.closing(opening, lanes).endswith(": its steps were too large.")


def test_every_part_is_of_one_kind_of_machine() -> None:
    for part, configs in shelf.parts(SHELF).items():
        records = [found.record for config in configs if (found := SHIPPED.ended(run_id(config))) and found.record]
        counted = [record for record in records if record.generation == GENERATION]
        for record in counted[1:]:
            assert difference(counted[0], record) == "", part
