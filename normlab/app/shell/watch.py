"""Looks after the page in the browser: one that dies is loaded again, one that is being left takes no more clicks."""

from normlab.app.shell.component import component

_WORDS = {
    "sentence": "This page has stopped twice in a short time. Nothing that was trained is lost.",
    "again": "Load this page again",
    "home": "Open the Lab",
}

_component = component(__file__)


def over() -> None:
    """One element, always, that takes no room. What it starts goes on when all elements are gone."""
    _component(key="watch", data={"words": _WORDS})
