"""The page's address: its query holds the settings that differ from the defaults, and a link can hold them all.

Without any setting the lab opens with the run that stands for the default settings.

Streamlit's own `bind=` is not used: it drops what it does not understand without a word, and knows no rule that joins
two settings. Beside the settings it says how the page is set up (`lesson`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from normlab.app import cached, tab, views
from normlab.app import lesson as lessons
from normlab.app.lesson import Lesson
from normlab.app.views import View
from normlab.app.words import plain
from normlab.compare import comparison
from normlab.config import RunConfig
from normlab.settings import SETTINGS, VERSION_KEY, from_query, one_each, to_query

_WRITTEN, _LESSON, _PAGE, _BARE = "address-written", "lesson", "address-page", "address-bare"
_SAID, _SEEN = "address-said", "address-seen"
_PROJECTOR = "projector"
_MOST = 12
_NEAR = 0.75
"""How alike a name is to that of a setting which it was meant to be; 1 is the same."""


def arrive(page: str) -> None:
    """Before the page that has this path draws. The address of any page says whether sizes are a projector's; a step
    to another page keeps them."""
    stays = st.session_state.get(_PAGE) == page
    if not stays:
        st.session_state.pop(_WRITTEN, None)
        st.session_state[_PAGE] = page
        left = _left()
        if not _said():
            _bare()[page] = None
            if left:
                _show(left)
    if _PROJECTOR in st.query_params or stays:
        found, refused = lessons.from_query(_projector())
        keep(replace(lesson(), projector=found.projector))
        if refused:
            return  # the page says so
    _show(_all_but_sizes(st.query_params.to_dict()))


def _left() -> dict[str, str]:
    """What the page said when the tab was left, for its first visit in a session, if the menu led there; else nothing.

    An address that says something wins, and so does any address with which a session begins.
    """
    seen: set[str] = st.session_state.setdefault(_SEEN, set())
    page, query = _owner(), tab.left().get(_owner())
    if page in seen or not isinstance(query, dict):
        query = {}
    seen.add(page)
    return {name: text for name, text in query.items() if isinstance(text, str) and name != _PROJECTOR}


def of_pages() -> dict[str, dict[str, str]]:
    """What the address of each page said last in this session, for the tab to keep."""
    found: dict[str, dict[str, str]] = st.session_state.setdefault(_SAID, {})
    return found


def _owner() -> str:
    """The page whose address this is: that of the page where one draws is the lab's."""
    return "" if _page() == "draw" else _page()


def is_at_lab() -> bool:
    """Whether the lab is the page that is shown."""
    return _page() == ""


def _page() -> str:
    path: str = st.session_state.get(_PAGE, "")
    return path


def is_news(kept: str) -> bool:
    """Whether the page has to take over what the address says: a link, an edited address, or the Back button.

    `kept` is the session key of what the page keeps while others are shown: without it the page was never here. A page
    that is come back to has an address without a query, which says nothing.
    """
    if kept not in st.session_state:
        return True
    return bool(own() if has_arrived() else own() != st.session_state[_WRITTEN])


def has_arrived() -> bool:
    """Whether the page was left, or never here, and has not written its address yet."""
    return _WRITTEN not in st.session_state


class Aside(str):
    """What is said of an address without a warning: it asks for nothing that a page here could do."""

    __slots__ = ()


def asked(known: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """What the address asks for under the names that the page knows, and a sentence for all else that it holds.

    A name that is nearly one of them may be misspelled. Others come from elsewhere: learning platforms, mail programs
    and social networks add names of their own to links.
    """
    mine = own()
    refused = [plain(str(error)) for error in one_each(_pairs())[1]]
    if _PROJECTOR not in known:
        refused += map(plain, lessons.from_query(_projector())[1])
    strange = [name for name in mine if name not in known]
    for name in list(strange):
        if near := get_close_matches(name.replace("-", "_"), known, 1, _NEAR):
            strange.remove(name)
            refused.append(f"{plain(name)}={plain(mine[name])}: there is no such setting; did you mean {near[0]}?")
    if strange:
        names = ", ".join(plain(name, 40) for name in strange[:_MOST])
        more = f" and {len(strange) - _MOST} more" if len(strange) > _MOST else ""
        refused.append(Aside(f"The address also holds what this page does not use: {names}{more}."))
    return {name: text for name, text in mine.items() if name in known}, refused


def take_over(page: str, shown: Sequence[View]) -> None:
    """For a page whose address holds views alone: what it asks for, if it is news. What it asked for in vain is told
    (`refused`) until something else is looked at."""
    kept = _refused(page)
    if is_news(kept):
        found, messages = asked([view.name for view in shown])
        st.session_state[kept] = [*messages, *views.read(shown, found)]
    elif st.session_state.get(_WRITTEN) != views.query(shown):
        st.session_state[kept] = []


def refused(page: str) -> list[str]:
    """What the address of such a page asked for in vain."""
    messages: list[str] = st.session_state[_refused(page)]
    return messages


def _refused(page: str) -> str:
    return f"{page.lower()}-refused"


def acknowledge() -> None:
    """Callback of every widget: what it says is newer than the address that came with it."""
    st.session_state[_WRITTEN] = own()


def take(view: View) -> None:
    """Callback of a view's control."""
    acknowledge()
    view.take()


def own() -> dict[str, str]:
    """The page's own part of the query: all but the sizes, which are every page's.

    An address without a query, to which the Back button leads, means what the page showed when it was come to so.
    """
    meant = None if has_arrived() else _bare().get(_page())
    return _said() or meant or {}


def _said() -> dict[str, str]:
    return _all_but_sizes(one_each(_pairs())[0])


def _all_but_sizes(query: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in query.items() if name != _PROJECTOR}


def _pairs() -> list[tuple[str, str]]:
    """The query as it stands in the address: a name may come several times."""
    return [(name, text) for name in st.query_params for text in st.query_params.get_all(name)]


def _bare() -> dict[str, dict[str, str] | None]:
    """By page, what its address without a query means; None until the page, just come to so, has said it."""
    found: dict[str, dict[str, str] | None] = st.session_state.setdefault(_BARE, {})
    return found


def put(query: dict[str, str]) -> None:
    """Let the address say this and the sizes; a change is a step for the Back button."""
    said = query if query != own() else _said()
    if len(_pairs()) > len(st.query_params):  # a name that was given twice
        st.query_params.clear()
    _show(said)
    if _bare().get(_page(), query) is None:
        _bare()[_page()] = query
    st.session_state[_WRITTEN] = query
    of_pages()[_owner()] = query


def _show(query: dict[str, str]) -> None:
    whole = {**query, **_sizes()}
    if whole != st.query_params.to_dict():
        st.query_params.from_dict(whole)


def read() -> tuple[RunConfig, list[str]]:
    """The address's configuration, and a sentence for each of its values that was refused; its lesson is kept."""
    shown = {view.name for view in views.LAB}
    query, messages = asked({*SETTINGS, VERSION_KEY, *lessons.KEYS, *shown})
    found, unknown = lessons.from_query({**query, **_projector()})
    keep(found)
    unseen = views.read(views.LAB, query)
    settings = {name: text for name, text in query.items() if name not in {*lessons.KEYS, *shown}}
    config, refused = from_query(settings)
    if config == RunConfig() and "seed" not in settings:
        config = cached.opening()
    return config, [*messages, *(plain(text) for text in (*unknown, *map(str, refused))), *unseen]


def _projector() -> dict[str, str]:
    """What the address says of the sizes."""
    text = st.query_params.get(_PROJECTOR, "").strip()
    return {_PROJECTOR: text} if text else {}


def complain(refused: list[str]) -> None:
    """Say on the page what the address holds in vain; nothing, if that is nothing."""
    for text in refused:
        if isinstance(text, Aside):
            st.caption(text)
    refused = [text for text in refused if not isinstance(text, Aside)]
    if not refused:
        return
    rest = len(refused) - _MOST
    more = [f"{rest} more of the address's values were ignored."] if rest > 0 else []
    lines = ["The address holds what cannot be used:", *refused[:_MOST], *more]
    st.warning("\n\n".join(lines), icon=":material/link_off:")


def write(config: RunConfig) -> None:
    """Let the lab's address say what differs from the defaults, and what its panels show."""
    settings = {} if config == cached.opening() else _settings(config)
    put({**settings, **lessons.to_query(replace(lesson(), projector=False)), **views.query(views.LAB)})


def _settings(config: RunConfig) -> dict[str, str]:
    """What differs from the defaults, but never nothing: an address that asks for nothing opens `cached.opening`."""
    return to_query(config) or {"seed": str(config.seed)}


def lesson() -> Lesson:
    """How this session's page is set up."""
    found: Lesson = st.session_state.get(_LESSON, Lesson())
    return found


def take_epoch() -> int | None:
    """The epoch at which a link opens its run. It is said once, unless the link hides time: then the page keeps it."""
    epoch = lesson().epoch
    if not lesson().hides("time"):
        forget_epoch()
    return epoch


def forget_epoch() -> None:
    """From now on the page has an epoch of its own, or another run."""
    keep(replace(lesson(), epoch=None))


def keep(changed: Lesson) -> None:
    """Set the page up so from now on, on every page."""
    st.session_state[_LESSON] = changed


def switch_projector(on: bool) -> None:
    """For callbacks: other sizes from now on, on every page."""
    acknowledge()
    keep(replace(lesson(), projector=on))
    _show(_all_but_sizes(st.query_params.to_dict()))


def to_lab(config: RunConfig) -> str:
    """From any page to this run in the lab, relative to where the app is."""
    return f"./?{urlencode({**_settings(config), **_sizes()})}"


def to_compare(texts: Sequence[str]) -> str:
    """From any page to a comparison of these arms, written as `compare.address` does."""
    return f"./compare?{urlencode({**comparison(texts), **_sizes()})}"


def _sizes() -> dict[str, str]:
    return {_PROJECTOR: "true"} if lesson().projector else {}


def permalink(config: RunConfig, setup: Lesson) -> str:
    """A link with every setting and the version of their meaning, to a page that is set up so."""
    query = {**to_query(config, every=True), **lessons.to_query(setup), **views.query(views.LAB)}
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(query, safe=",:;"), ""))
