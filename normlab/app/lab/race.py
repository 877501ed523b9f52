"""The race that opens the lab: BatchNorm against a rival, played in the browser.

Rival, step size and lap are views, so that a link can hold them; the bet and the epoch at which it rests are kept in
the session. All races that ship are sent at once (`normlab.race`): a choice among them asks nothing of the server.
"""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from normlab import race
from normlab.app.player import player
from normlab.app.player.player import Rest
from normlab.app.shell import address, appearance, cached, views
from normlab.app.shell.controls import choose
from normlab.app.shell.fragments import fragment
from normlab.app.shell.words import plain
from normlab.choices import Dataset
from normlab.datasets import DataProblem
from normlab.study.plan.grids import RACES

KEY = "race"
_RESTS = "race-rests"
_FRESH = 600
"""Seconds after which another visit looks again for what ships."""
_MISSING = "The opening race needs runs that are not here: `normlab rebuild race --missing` trains them."

_PLACE = "race-place"
_ROOM = f"""<style>
.st-key-{_PLACE} {{ display: flow-root; height: auto !important; overflow: visible; padding: 0; }}
*:has(> .st-key-{_PLACE}) {{ height: auto !important; overflow: visible; }}
.st-key-{_PLACE}::before {{ content: ""; float: left; padding-top: calc({{room}}); }}
@media (max-width: 640px) {{ .st-key-{_PLACE}::before {{ padding-top: calc(40% + 645px); }} }}
</style>"""
_HEIGHTS = {
    False: "30% + 151px + clamp(12rem, 100vh - 34rem, 16rem)",
    True: "15% + 19.6rem + max(11rem, 100vh - 38rem)",
}
"""Of `player.css`, by whether a projector shows it: reserved, since the component comes after what stands below it."""

RIVAL = views.one_of("lab", "rival", tuple(norm for norm in race.NORMS if norm != race.HOME))
STEP = views.one_of("lab", "step", ("0.3", *(text for rate in RACES if (text := f"{rate:g}") != "0.3")))
LAP = views.one_of("lab", "lap", (1, 2), str)
VIEWS = (RIVAL, STEP, LAP)


def is_there() -> bool:
    """Whether the race that opens the lab can be shown: its runs and images are here."""
    try:
        races = _course()[0]["races"]
    except DataProblem:
        return False
    return any((one["rival"], one["step"], one["lap"]) == (RIVAL.default, STEP.default, LAP.default) for one in races)


@fragment
def show() -> None:
    """Draw it; one sentence where nothing can be raced."""
    try:
        course, version = _course()
    except DataProblem as problem:
        st.info(plain(str(problem)), icon=":material/image_not_supported:")
        return
    if not course["races"]:
        st.info(_MISSING, icon=":material/sports_score:")
        return
    with st.container(key=_PLACE, height=_guess(), border=False):
        player.race(KEY, course, version, rest(), _take)
    st.html(_ROOM.replace("{room}", _HEIGHTS[address.is_large()]))


def _guess() -> int:
    """Pixels that are reserved until the style has come: of a laptop, a projector, or a phone."""
    if address.is_large():
        return 990
    return 788 if appearance.is_phone() else 701


def rest() -> Rest:
    """What the race shows where it rests; before it has, it plays from the start."""
    kept: Rest = st.session_state.get(_RESTS, Rest())
    now = (RIVAL.chosen, STEP.chosen, LAP.chosen)
    if (kept.rival, kept.step, kept.lap) == now:
        return kept
    return Rest(None, *now)


def _take(now: Rest) -> None:
    values = (now.rival, now.step, now.lap)
    if all(value in view.options for view, value in zip(VIEWS, values, strict=True)):
        st.session_state[_RESTS] = now
        choose(dict(zip(VIEWS, values, strict=True)))


@st.cache_resource(ttl=_FRESH, show_spinner=False)
def _course() -> tuple[dict[str, Any], str]:
    """All races, shared by all sessions; and a text that is another one where they are."""
    course = race.course(race.lanes(cached.store()), cached.test_images(Dataset.DIGITS))
    for one in course["races"]:
        one["compare"] = f"compare?{urlencode(one['compare'])}"
    return course, hashlib.sha256(json.dumps(course).encode()).hexdigest()
