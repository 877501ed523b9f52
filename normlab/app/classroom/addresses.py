"""Under which address phones find this page, and whether one has."""

import base64
import os
import time
from urllib.parse import quote, urlsplit

import streamlit as st

from normlab.web import qr, reach

_OWN = "NORMLAB_CLASS_ADDRESS"
_SINCE = "class-address-since"
_PATIENCE = 20.0
CAUSES = (
    "No phone has reached this address yet. Usual causes: a guest Wi-Fi keeps devices apart (client isolation), this "
    "computer's firewall blocks the port, or the phones are in another network. A way out: a phone's hotspot for all, "
    "or a host."
)


def candidates() -> list[str]:
    """Whole addresses of the app, the likeliest first: what the deployer says, the teacher's own, this computer's."""
    here = urlsplit(st.context.url or "")
    scheme, host = here.scheme or "http", here.netloc or st.context.headers.get("Host", "") or "localhost:8501"
    path = st.get_option("server.baseUrlPath").strip("/")
    tail = f"/{path}" if path else ""
    own = os.environ.get(_OWN, "").strip().rstrip("/")
    found = [own] if own else []
    if not _is_loopback(host):
        found.append(f"{scheme}://{host}{tail}")
    port = host.rpartition(":")[2] if ":" in host else ""
    found += [f"{scheme}://{address}{f':{port}' if port else ''}{tail}" for address in reach.addresses()]
    return list(dict.fromkeys(found)) or [f"{scheme}://{host}{tail}"]


def is_reached(address: str) -> bool:
    """Whether another device has called the page by this address."""
    return reach.was_reached(urlsplit(address).netloc)


def is_late(address: str) -> bool:
    """Whether nobody has come for so long that something may be wrong."""
    since: dict[str, float] = st.session_state.setdefault(_SINCE, {})
    return time.monotonic() - since.setdefault(address, time.monotonic()) > _PATIENCE


def wall(code: str, address: str) -> str:
    """The wall's page, relative to the app; it shows this address."""
    return f"./c/{code}/projector?at={quote(address, safe='')}"


def of_students(code: str, address: str, *, has_routes: bool) -> tuple[str, str]:
    """Where a phone's camera leads, and what is typed instead: the light page, or without routes the app's own."""
    if has_routes:
        return f"{address}/c/{code}", f"{address}/c"
    return f"{address}/join?code={code}", f"{address}/join"


def picture(address: str) -> str:
    """The address as a picture for phones, within the page's own text."""
    return f"data:image/svg+xml;base64,{base64.b64encode(qr.picture(address)).decode()}"


def _is_loopback(host: str) -> bool:
    return host.startswith(("localhost", "127.", "[::1]"))
