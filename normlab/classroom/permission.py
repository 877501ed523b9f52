"""Who may open a class here: `NORMLAB_CLASS` is off, key or open."""

import hmac
import ipaddress
import os
from collections.abc import Mapping
from enum import StrEnum

from normlab.errors import NormlabError

_WHO, _KEY = "NORMLAB_CLASS", "NORMLAB_CLASS_KEY"


class Permission(StrEnum):
    """Nobody; whoever has the deployer's key; everybody."""

    OFF = "off"
    KEY = "key"
    OPEN = "open"


class PermissionProblem(NormlabError):
    """One sentence: what the setting must be."""


def permission(*, is_near: bool, environment: Mapping[str, str] = os.environ) -> Permission:
    """What the installation says. Or else: `open` to visitors who are near (`is_near`), and `key` to others.

    Where there is a key, it is asked of all: behind some proxies every visitor seems near.

    Raises:
        PermissionProblem: if it says something else: then nobody may.
    """
    said = environment.get(_WHO, "").strip().lower()
    if not said:
        return Permission.OPEN if is_near and not has_key(environment) else Permission.KEY
    if said not in {*Permission}:
        raise PermissionProblem(f"{_WHO}={said[:40]!r} is not known; it must be off, key or open.")
    return Permission(said)


def has_key(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the deployer has set a key."""
    return bool(environment.get(_KEY, "").strip())


def is_key(typed: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is the deployer's key."""
    key = environment.get(_KEY, "").strip()
    return bool(key) and hmac.compare_digest(key.encode(), typed.strip().encode("utf-8", "surrogatepass"))


def is_near(host: str, caller: str, *, is_forwarded: bool) -> bool:
    """Whether a request to this host (with or without a port) came to a loopback or private address, past no proxy.

    A browser may name any host: so the address `caller` that it came from must be such a one, too.
    """
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    return not is_forwarded and _is_private(name) and _is_private(caller)


def _is_private(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_private
