"""The page's address: its query says what the page shows, as far as that is not what it shows unasked.

Streamlit's own `bind=` is not used: it drops what it does not understand without a word, and knows no rule that joins
two settings. What a page shows is declared by the page (`page.Page`); here is what an address means, whoever asks.
"""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

import streamlit as st

from normlab.app.shell import fragments, tab
from normlab.app.shell.words import plain
from normlab.settings import one_each

PROJECTOR = "projector"
"""Its name in the address of every page: sizes for the back of a room."""

_WRITTEN, _PATH, _OWNER, _BARE = "address-written", "address-page", "address-owner", "address-bare"
_SAID, _SEEN, _LARGE = "address-said", "address-seen", "address-projector"
_MOST = 12
_NEAR = 0.75
"""How alike a name is to that of a setting which it was meant to be; 1 is the same."""


def arrive(path: str, owner: str) -> None:
    """Before a page draws: `path` is its own, `owner` that of the page whose state it shows. The address of any page
    says whether sizes are a projector's; a step to another page keeps them."""
    stays, has_caught_up = st.session_state.get(_PATH) == path, fragments.has_caught_up()
    if not stays:
        st.session_state.pop(_WRITTEN, None)
        st.session_state[_PATH], st.session_state[_OWNER] = path, owner
        left = _left()
        if not _said():
            _bare()[path] = None
            if left:
                _show(left)
    elif has_caught_up:
        acknowledge()
    if PROJECTOR in st.query_params or stays:
        is_large, refused = _projector()
        st.session_state[_LARGE] = is_large
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
    return {name: text for name, text in query.items() if isinstance(text, str) and name != PROJECTOR}


def of_pages() -> dict[str, dict[str, str]]:
    """What the address of each page said last in this session, for the tab to keep."""
    said: dict[str, dict[str, str]] = st.session_state.setdefault(_SAID, {})
    return said


def _owner() -> str:
    owner: str = st.session_state.get(_OWNER, "")
    return owner


def is_at_lab() -> bool:
    """Whether the lab is the page that is shown."""
    return _page() == ""


def _page() -> str:
    path: str = st.session_state.get(_PATH, "")
    return path


def is_news() -> bool:
    """Whether the page has to take over what the address says: a link, an edited address, or the Back button.

    A page that is come back to has an address without a query, which says nothing.
    """
    return bool(own() if has_arrived() else own() != written())


def has_arrived() -> bool:
    """Whether the page was left, or never here, and has not written its address yet."""
    return _WRITTEN not in st.session_state


def written() -> dict[str, str] | None:
    """What the address of this page said last, as far as the page knows; None before it said anything."""
    query: dict[str, str] | None = st.session_state.get(_WRITTEN)
    return query


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
    refused += _projector()[1]
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


def acknowledge() -> None:
    """For the callback of every control: what it says is newer than the address that came with it."""
    st.session_state[_WRITTEN] = own()


def draw_anew() -> None:
    """From within a fragment: run the whole page again, with what it has in mind."""
    acknowledge()
    st.rerun(scope="app")


def own() -> dict[str, str]:
    """The page's own part of the query: all but the sizes, which are every page's.

    An address without a query, to which the Back button leads, means what the page showed when it was come to so.
    """
    meant = None if has_arrived() else _bare().get(_page())
    return _said() or meant or {}


def _said() -> dict[str, str]:
    return _all_but_sizes(one_each(_pairs())[0])


def _all_but_sizes(query: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in query.items() if name != PROJECTOR}


def _pairs() -> list[tuple[str, str]]:
    """The query as it stands in the address: a name may come several times."""
    return [(name, text) for name in st.query_params for text in st.query_params.get_all(name)]


def _bare() -> dict[str, dict[str, str] | None]:
    """By page, what its address without a query means; None until the page, just come to so, has said it."""
    bare: dict[str, dict[str, str] | None] = st.session_state.setdefault(_BARE, {})
    return bare


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
    whole = {**query, **sizes()}
    if whole != st.query_params.to_dict():
        st.query_params.from_dict(whole)


def _projector() -> tuple[bool, list[str]]:
    """What the address says of the sizes, and a sentence if that is neither yes nor no."""
    text = st.query_params.get(PROJECTOR, "").strip() or "false"
    if text.lower() in ("true", "false"):
        return text.lower() == "true", []
    return False, [f"{PROJECTOR}={plain(text)} must be true or false."]


def is_large() -> bool:
    """Whether sizes are a projector's."""
    return bool(st.session_state.get(_LARGE))


def switch_projector(on: bool) -> None:
    """For callbacks: other sizes from now on, on every page."""
    st.session_state[_LARGE] = on
    _show(_all_but_sizes(st.query_params.to_dict()))


def sizes() -> dict[str, str]:
    """What any address says of the sizes."""
    return {PROJECTOR: "true"} if is_large() else {}


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
