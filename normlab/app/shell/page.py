"""What is shown, in one protocol: a page declares the parts of its state, and the shell reads them from the address,
keeps them, writes them back, and takes the Back button for what it means.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from normlab.app.shell import address, cached
from normlab.app.shell.words import plain

_CURRENT, _REFUSED = "page-current", "page-refused"


class Part:
    """A part of what a page shows, kept in the session: one choice (`views.View`), or several that rules join.

    Unless it says otherwise the address holds nothing of it.
    """

    @property
    def names(self) -> Collection[str]:
        """What it is called in the address."""
        return ()

    def read(self, asked: Mapping[str, str]) -> list[str]:
        """Take over what the address asks for, the defaults where that is nothing; a sentence for each refusal."""
        return []

    def query(self) -> dict[str, str]:
        """What differs from the defaults, as the address says it."""
        return {}

    def settle(self, *, is_back: bool) -> None:
        """Take over what the controls say, before the page draws and the address is written.

        `is_back`: another page was shown in between, and Streamlit has forgotten this one's controls.
        """


def joint_query(parts: Iterable[Part]) -> dict[str, str]:
    """What several parts let the address say."""
    return {name: text for part in parts for name, text in part.query().items()}


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Page:
    """A page: `path` is "" for the lab, `owner` the path of the page whose state it shows (its own by default).

    `before` brings back what the reader made, before the parts are settled. `keep` makes the tab keep it before
    anything is drawn: nobody sees an answer that a reload would lose. A page that `needs_store` says so where there is
    none, and draws nothing else. One that `is_hidden` is not in the menu.
    """

    path: str
    title: str
    icon: str
    draw: Callable[[], None]
    parts: tuple[Part, ...] = ()
    owner: str | None = None
    before: Callable[[], None] = _nothing
    keep: Callable[[], None] = _nothing
    needs_store: bool = False
    is_hidden: bool = False

    @property
    def state_of(self) -> str:
        """The path of the page whose state this one shows."""
        return self.path if self.owner is None else self.owner

    def show(self) -> None:
        """Take over what the address says, if that is news; say what is shown; draw."""
        if self.needs_store and (problem := cached.problem()):
            st.error(plain(problem), icon=":material/hard_drive:")
            return
        st.session_state[_CURRENT] = self
        self.before()
        self._follow()
        body = st.container()
        self.keep()
        with body:
            self.draw()

    def _follow(self) -> None:
        is_back = address.has_arrived()
        if self.state_of not in _refusals() or address.is_news():
            asked, refused = address.asked([name for part in self.parts for name in part.names])
            for part in self.parts:
                refused += part.read(asked)
            _refusals()[self.state_of] = refused
            self._settle(is_back=is_back)
            address.put(self.query())
        else:
            self._settle(is_back=is_back)
            self.say()

    def _settle(self, *, is_back: bool) -> None:
        for part in self.parts:
            part.settle(is_back=is_back)

    def query(self) -> dict[str, str]:
        """What the page shows, as its address says it."""
        return joint_query(self.parts)

    def say(self) -> None:
        """Let the address say what is shown now. What it asked for in vain is forgotten when that is something else."""
        query = self.query()
        if not address.has_arrived() and query != address.written():
            _refusals()[self.state_of] = []
        address.put(query)


def say() -> None:
    """For callbacks that have changed what is shown: a fragment draws its part of the page alone."""
    page: Page | None = st.session_state.get(_CURRENT)
    if page is not None:
        page.say()


def complain() -> None:
    """Say what the address of the page that is drawn asked for in vain."""
    page: Page = st.session_state[_CURRENT]
    address.complain(_refusals().get(page.state_of, []))


def _refusals() -> dict[str, list[str]]:
    """By page, what its address asked for in vain."""
    refused: dict[str, list[str]] = st.session_state.setdefault(_REFUSED, {})
    return refused
