"""What ships for the first minute: one step from the opening page shows a result, not a button to train one."""

from pathlib import Path

import pytest

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.presets import DROPOUTS, LAMBDAS, PRESETS
from normlab.settings import changed
from normlab.store import Store
from normlab.training.experiments import digits_grid

SHIPPED = Store(Path(__file__).parent / "none", Path(__file__).parents[1] / "pretrained")


def pressed(norm: Norm) -> tuple[Norm, ...]:
    """The norms after a press on one: it joins those of the opening page, or leaves them."""
    chosen = {*RunConfig().model.norms} ^ {norm}
    return tuple(norm for norm in Norm if norm in chosen)


STEPS = [
    *({"dropout": stop} for stop in DROPOUTS),
    *({name: stop} for name in ("l1", "l2") for stop in LAMBDAS),
    *({"norms": pressed(norm)} for norm in Norm),
    *(preset.settings for preset in PRESETS if not preset.name.startswith("Study:")),
]


@pytest.mark.parametrize("settings", STEPS, ids=str)
def test_every_first_step_has_a_result(settings: dict[str, object]) -> None:
    assert SHIPPED.ended(run_id(changed(RunConfig(), settings)))


def test_what_rebuild_makes_ships_with_the_history_that_it_should_have() -> None:
    for config in digits_grid.configs():
        run = SHIPPED.read(run_id(config))
        assert run is not None, config
        has_history = bool(run.steps)
        assert has_history == digits_grid.ships_whole(config), config
