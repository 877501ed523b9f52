"""Runs of every kind, and a page that holds one panel of one."""

from collections.abc import Sequence

import synthetic
from streamlit.testing.v1 import AppTest

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Run

PANELS = ("curves", "network", "layers", "mistakes", "weights", "ledger", "model", "log", "take_away")


def make(status: Status = Status.FINISHED, done: int | None = None, history: bool = True, **settings: object) -> Run:
    config = changed(RunConfig(), {"epochs": 4, **settings})
    return synthetic.run(config, status=status, epochs=done, steps=None if done else 3, history=history)


RUNS = {
    "finished": make(),
    "every norm": make(norms=tuple(Norm), l1=1e-3, l2=1e-3),
    "no norm": make(norms=()),
    "no validation": make(validation=False),
    "last epoch only": make(history=False),
    "three modes": make(bn_modes=True),
    "one epoch": make(epochs=1),
    "just started": make(Status.RUNNING, done=0),
    "running": make(Status.RUNNING, done=2),
    "running with modes": make(Status.RUNNING, done=2, bn_modes=True),
    "interrupted": make(Status.INTERRUPTED, done=2),
    "interrupted at once": make(Status.INTERRUPTED, done=0),
    "diverged": make(Status.DIVERGED, done=2),
    "diverged at once": make(Status.DIVERGED, done=0),
}


def draw(panel: str, run: object, pinned: object, epoch: int | None) -> None:  # its source runs elsewhere
    import importlib

    from normlab.app.shell import alternatives

    with alternatives.sent():
        importlib.import_module(f"normlab.app.lab.panels.{panel}").show(run, pinned, epoch=epoch)


def draw_live(panel: str, run: object, epoch: int | None = None) -> None:
    import importlib

    from normlab.app.shell import alternatives, figure

    with figure.live(), alternatives.sent():
        importlib.import_module(f"normlab.app.lab.panels.{panel}").show(run, (), epoch=epoch)


def page(panel: str, run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> AppTest:
    arguments = {"panel": panel, "run": run, "pinned": pinned, "epoch": epoch}
    at = AppTest.from_function(draw, default_timeout=20, kwargs=arguments).run()
    assert not at.exception, at.exception
    return at


def words(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption, *at.info))


def shape(at: AppTest) -> list[str]:
    """The kinds of the page's elements, in order."""
    return [element.type for element in at.main]
