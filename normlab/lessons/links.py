"""Links into the app, as a lesson has them: "stress?norms=bn&weight_scale=0.9"."""

import re
from urllib.parse import parse_qsl, urlsplit

from normlab import settings, stresses
from normlab.compare import ARM_KEYS, read_arm

PAGES = ("", "compare", "study", "worksheet", "draw", "stress", "data")
"""By their names in an address; the lab has none."""

_OF_RUN = ("", "draw")
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
    of_run = {name: text for name, text in query.items() if name in settings.SETTINGS}
    if parts.path in (*_OF_RUN, "stress"):
        found += settings.from_query(of_run)[1]
    if parts.path == "stress":
        found += stresses.from_query({name: text for name, text in query.items() if name in stresses.SETTINGS})[1]
    if parts.path == "compare":
        found += [error for name in ARM_KEYS if name in query for error in read_arm(query[name])[2]]
    return [str(error) for error in found]
