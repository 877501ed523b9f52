"""The pages beside the app: each one HTML file with its looks and its script in it, so that a phone fetches it at once.

What a page may load is said by its headers: its own script and looks, by their hashes, and nothing from elsewhere.
"""

import base64
import gzip
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from normlab.errors import NormlabError

_HERE = Path(__file__).parent
_FRAMES = "NORMLAB_CLASS_FRAMES"
_ORIGIN = re.compile(r"https?://[a-z0-9*.-]+(:\d{1,5})?")

_SPACED = re.compile(r" *([{};,:]) +")
_COMMENT = re.compile(r" // [^'\"`]*$")

PLAIN_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
"""Of everything that is no page."""


class FramesProblem(NormlabError):
    """One sentence: what the setting must be."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is sent, and for a browser that takes it so, packed (gzip)."""

    body: bytes
    packed: bytes
    headers: Mapping[str, str]


@cache
def student() -> Page:
    """What a phone shows. Other sites may show it in a frame only where the deployer names them."""
    return _page("student", ("shared.js", "student.js"), frames(), tuple(_script(names) for names in PARTS.values()))


PARTS: Mapping[str, tuple[str, ...]] = {
    "choice": ("question.js", "choice.js"),
    "number": ("question.js", "strip.js", "number.js"),
    "sketch": ("question.js", "charts.js", "sketch.js"),
    "experiment": ("charts.js", "number.js", "dots.js", "experiment.js"),
}
"""By a question's kind the scripts that a student's page fetches for it. What two of them share are functions only."""


@cache
def part(name: str) -> Page:
    """One of `PARTS`, as the student's page fetches it. Raises `KeyError`."""
    body = _script(PARTS[name]).encode()
    return Page(body, gzip.compress(body, mtime=0), {**PLAIN_HEADERS, "Vary": "Accept-Encoding"})


@cache
def projector() -> Page:
    """What the wall shows."""
    return _page("projector", ("shared.js", "charts.js", "strip.js", "dots.js", "projector.js"), "'self'")


def frames(environment: Mapping[str, str] = os.environ) -> str:
    """Who may show the student's page in a frame, as the header says it: `NORMLAB_CLASS_FRAMES`, addresses of sites.

    Raises:
        FramesProblem: if one of them is none.
    """
    said = environment.get(_FRAMES, "").lower().split()
    if bad := [site for site in said if not _ORIGIN.fullmatch(site)]:
        raise FramesProblem(f"{_FRAMES}: {bad[0][:60]} must be a site such as https://moodle.example.org.")
    return " ".join(["'self'", *said])


def _page(name: str, scripts: tuple[str, ...], frames: str, later: tuple[str, ...] = ()) -> Page:
    """`later` are scripts that it may take in besides its own."""
    style = _text("shared.css") + _text(f"{name}.css")
    script = "'use strict'\n" + _script(scripts)
    html = _text(f"{name}.html").replace("/*style*/", style).replace("/*script*/", script)
    hashes = " ".join(_hash(one) for one in (script, *later))
    rules = (
        f"default-src 'none'; script-src {hashes}; style-src {_hash(style)}; img-src 'self' data:; "
        f"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {frames}"
    )
    headers = {name: text for name, text in PLAIN_HEADERS.items() if name != "X-Frame-Options"}
    body = html.encode()
    return Page(
        body, gzip.compress(body, mtime=0), headers | {"Content-Security-Policy": rules, "Vary": "Accept-Encoding"}
    )


def _script(names: tuple[str, ...]) -> str:
    return "".join(_text(name) for name in names)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(name: str) -> str:
    """The file without what only its readers need: indents and comments."""
    lines = [_COMMENT.sub("", line).strip() for line in (_HERE / name).read_text(encoding="utf-8").splitlines()]
    if name.endswith(".css"):
        return "".join(_SPACED.sub(r"\1", line) for line in lines).replace(";}", "}")
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(("//", "/**")))
