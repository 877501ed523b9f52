"""What keeps the page right while the browser translates it: `translation.js`."""

from normlab.app.shell.component import component

_survive = component(__file__)


def survive() -> None:
    """After the page, on every page."""
    _survive(key="translation")
