"""Which panel is open: it is opened by its name, or by a block that is looked into."""

from normlab.app.lab import setup, views
from normlab.app.shell.page import say
from normlab.charts.layers import BLOCKS

LAYERS = "Layers"


def panel(name: str) -> None:
    """Open a panel; the address says so."""
    setup.change(panel=name)
    say()


def block(key: str) -> None:
    """Callback of what draws the network: look into a block."""
    if key in BLOCKS:
        views.BLOCK.set(key)
        panel(LAYERS)


def takes_blocks() -> bool:
    """Whether a block can be looked into: a link may hide the choice of panels, and fix another one."""
    page = setup.current()
    return not page.hides("panels") or page.panel == LAYERS
