"""What tests of the Compare page share: arms, and runs of them that are made up."""

from collections.abc import Callable
from typing import Any

import synthetic
from streamlit.testing.v1 import AppTest

from normlab.app.compare.picks import Pick
from normlab.config import RunConfig
from normlab.identity import base
from normlab.presets import LESSON_L1
from normlab.record import Ended, Status
from normlab.settings import changed
from normlab.store import Store

L1 = {"l1": LESSON_L1}
ARMS_OF_THREE: tuple[dict[str, Any], ...] = ({}, L1, {"norms": ("gn",)}, {"norms": ("gn",), **L1})
OpenPage = Callable[..., AppTest]


def config(**settings: Any) -> RunConfig:
    return changed(RunConfig(), {"epochs": 15, **settings})


def keep(store: Store, chosen: RunConfig, status: Status = Status.FINISHED) -> None:
    with store.begin(chosen) as attempt:
        for event in synthetic.events(chosen, history=chosen.seed == 0):
            attempt.append(event)
        attempt.commit(Ended(status, "" if status is Status.FINISHED else "The loss was not a number."))


def draw() -> None:  # its source is executed elsewhere
    from normlab.app.compare import page

    page.PAGE.show()


def pick(**settings: Any) -> Pick:
    return Pick(base(config(**settings)))
