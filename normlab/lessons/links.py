"""Links into the app, as a lesson has them: "stress?weight_scale=0.9"."""

import re
from urllib.parse import parse_qsl, urlsplit

from normlab import settings, stresses
from normlab.compare import read_arm

PAGES = ("", "stress", "lessons", "class", "compare", "study", "worksheet", "draw", "data")
"""By their names in an address; the lab has none."""

_OF_RUN, _OF_ARMS = ("", "draw"), ("compare", "stress")
_ARMS = "abcde"
"""The names of arms, or of networks, in an address."""
_SAFE = re.compile(r"[a-z]*(\?[^\s<>\"]+)?")


def faults(link: str) -> list[str]:
    """What is wrong with it, in sentences: an unknown page, or settings that are refused.

    What a page shows of a run (`panel`, `block` …) is the page's own, and not checked here.
    """
    if not _SAFE.fullmatch(link):
        return [f"{link[:60]} must be a page with its settings, such as ?norms=bn or compare?a=norms:bn&b=norms:ln."]
    parts = urlsplit(link)
    if parts.path not in PAGES:
        return [f"There is no page {parts.path}; pages are {', '.join(PAGES[1:])}, and the lab, whose name is empty."]
    query, wrong = settings.one_each(parse_qsl(parts.query, keep_blank_values=True))
    found = list(wrong)
    if parts.path in _OF_RUN:
        found += settings.from_query({name: text for name, text in query.items() if name in settings.SETTINGS})[1]
    if parts.path == "stress":
        found += stresses.from_query({name: text for name, text in query.items() if name in stresses.SETTINGS})[1]
    if parts.path in _OF_ARMS:
        found += [error for name in _ARMS if name in query for error in read_arm(query[name])[2]]
    return [str(error) for error in found]
