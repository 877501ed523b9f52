"""Whether phones can reach this computer: the addresses it may have for them, and at which of them somebody has called.

An address of a network that only this computer sees (a VPN, Docker, WSL) is none for a phone. Of who calls only this
is kept, in memory: that it was another device, by which name it called this one, and when.
"""

import ipaddress
import re
import socket
import sys
import time
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path

_UNREACHED = re.compile(r"lo|docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|wg|tailscale|zt|utun|ppp|wsl|cni|flannel|kube")
_MOST = 100
_REST = 10.0
"""Seconds for which this computer's own addresses are not asked for again: some systems ask the network for them."""
_calls: OrderedDict[str, float] = OrderedDict()


def called(host: str, caller: str) -> None:
    """Somebody at the address `caller` has asked for something by the name `host`."""
    if host and len(host) < 256 and not _is_own(caller):
        _calls[host.lower()] = time.monotonic()
        _calls.move_to_end(host.lower())
        if len(_calls) > _MOST:
            _calls.popitem(last=False)


def was_reached(host: str) -> bool:
    """Whether another device has called this computer by that name since it was started."""
    return host.lower() in _calls


def addresses() -> list[str]:
    """This computer's addresses (IPv4) in networks that a phone may be in, the one towards the internet first."""
    first = outward()
    found = _of_interfaces() or [first]  # where an interface leads outward that phones do not see, it is not among them
    return sorted(filter(_may_be_reached, dict.fromkeys(found)), key=lambda text: text != first)


def outward() -> str:
    """The address by which this computer reaches others; nothing is sent. The loopback address without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _is_own(caller: str) -> bool:
    try:
        address = ipaddress.ip_address(caller)
    except ValueError:
        return True  # it is not known who calls
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or str(address) in _own()


def _own() -> frozenset[str]:
    return _own_at(int(time.monotonic() / _REST))


@lru_cache(maxsize=1)
def _own_at(moment: int) -> frozenset[str]:
    return frozenset({outward(), *_of_interfaces()})


def _may_be_reached(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _of_interfaces() -> list[str]:
    """Of all interfaces that may lead to phones; where the system does not tell them, of this computer's name."""
    if sys.platform != "linux":
        try:
            return [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
        except OSError:
            return []
    import fcntl

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            if not _UNREACHED.match(name) and Path(f"/sys/class/net/{name}").exists():
                try:
                    answer = fcntl.ioctl(probe.fileno(), 0x8915, name.encode()[:15].ljust(256, b"\0"))  # SIOCGIFADDR
                except OSError:  # it has none
                    continue
                found.append(socket.inet_ntoa(answer[20:24]))
    return found
