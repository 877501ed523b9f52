"""A presenter's keys on every page: F for a projector's sizes, Page Down and Page Up from picture to picture."""

from normlab.app.shell import address
from normlab.app.shell.component import component

KEY = "presenter"

_component = component(__file__)


def listen() -> None:
    """One element, always, that takes no room."""
    _component(key=KEY, data={"large": address.is_large()}, on_switched_change=_switch)


def _switch() -> None:
    """Callback: the sizes that the browser does not show."""
    address.acknowledge()
    address.switch_projector(not address.is_large())
