"""What a browser keeps of a class: the teacher's console of one, or a student's place in one. It is in no address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from normlab.app.classroom import room
from normlab.app.shell import widgets
from normlab.app.shell.component import component
from normlab.classroom import Classes, NoSuchClass, NotYours, Refusal, read_code

Held = tuple[str, str]
"""A class' code, and the console's secret or the student's token."""

_component = component(__file__)


@dataclass(frozen=True)
class Keeper:
    """`name` says what is kept; `opens` raises a `Refusal` where it opens nothing any more; `exchange` gives another
    secret for the one in a link, which is worth one opening."""

    name: str
    opens: Callable[[Classes, str, str], object]
    exchange: Callable[[Classes, str, str], str] | None = None

    @property
    def held(self) -> Held | None:
        found: Held | None = st.session_state.get(f"class-{self.name}")
        return found

    @property
    def is_told(self) -> bool:
        """Whether the browser has said what it keeps."""
        return bool(st.session_state.get(f"class-{self.name}-told"))

    @property
    def has_refused(self) -> bool:
        """Whether a link to another class was not followed, since the browser has this one."""
        return bool(st.session_state.get(f"class-{self.name}-refused"))

    @property
    def has_routes(self) -> bool:
        """Whether the browser reached the routes beside the page: not every host passes them."""
        return bool(st.session_state.get(f"class-{self.name}-routes", True))

    def keep(self, code: str, secret: str) -> None:
        """From now on the browser keeps this."""
        st.session_state[f"class-{self.name}"] = (code, secret)
        st.session_state[f"class-{self.name}-told"] = True

    def forget(self) -> None:
        """The browser does not keep what is held any more; what another tab keeps since stays."""
        self._give_up(self.held)

    def _give_up(self, held: Held | None) -> None:
        st.session_state[f"class-{self.name}-given-up"] = held
        st.session_state[f"class-{self.name}"] = None
        st.session_state[f"class-{self.name}-told"] = True

    def show(self) -> None:
        """One element, always, that takes no room."""
        key = f"class-keeper-{self.name}"
        task = ("keep" if self.held else "forget") if self.is_told else "ask"
        held: Held | None = self.held or st.session_state.get(f"class-{self.name}-given-up")
        data = {
            "name": f"normlab.class.{self.name}",
            "task": task,
            "held": {"code": held[0], "secret": held[1]} if held else None,
            "takesLinks": self.exchange is not None,
        }
        _component(key=key, data=data, on_found_change=widgets.heard(key, "found", self._take_in))

    def _take_in(self, message: object) -> None:
        """Callback: what the browser keeps, or what was handed over to it by a link.

        A link does not take the place of another class that the browser still has: its secret would be lost.
        """
        if self.is_told:
            return
        told = message if isinstance(message, Mapping) else {}
        st.session_state[f"class-{self.name}-told"] = True
        st.session_state[f"class-{self.name}-routes"] = told.get("routes") is not False
        handed, kept = _read(told.get("handed")), _read(told.get("kept"))
        if kept and not self._still_opens(*kept):
            self._give_up(kept)
            kept = None
        is_of_another = bool(handed and kept and handed[0] != kept[0])
        if handed and not is_of_another and (fresh := self._exchanged(*handed)):
            self.keep(handed[0], fresh)
        elif kept:
            self.keep(*kept)
            st.session_state[f"class-{self.name}-refused"] = is_of_another

    def _exchanged(self, code: str, secret: str) -> str | None:
        try:
            return self.exchange(room.classes(), code, secret) if self.exchange else None
        except Refusal:
            return None

    def _still_opens(self, code: str, secret: str) -> bool:
        try:
            self.opens(room.classes(), code, secret)
        except (NoSuchClass, NotYours):
            return False
        except Refusal:
            return True  # the disk is not there now; the page says so
        return True


def _read(said: Any) -> Held | None:
    code, secret = (said.get("code"), said.get("secret")) if isinstance(said, Mapping) else (None, None)
    return (code, secret) if isinstance(code, str) and read_code(code) == code and isinstance(secret, str) else None


CONSOLE = Keeper("console", Classes.console, Classes.renew)
STUDENT = Keeper("student", Classes.who)
