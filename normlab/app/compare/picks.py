"""Which arms this session compares: from the address, from the widgets, and kept between pages.

The address holds up to four picks as `a` (the reference) to `d`, each a list of settings that differ from the defaults,
such as `norms:gn,l1:0.001`; with `seed:2` it is that one run. It also holds the open section and what the sections show
(`views`). An empty address is the first ready comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from normlab.app.shell import cached
from normlab.app.shell.page import Part
from normlab.app.shell.words import plain
from normlab.compare import ARM_KEYS, READY, Arm, Ready, arm_text, arms, comparison, find, read_arm
from normlab.config import RunConfig
from normlab.identity import base
from normlab.titles import arm_title, title

MOST = 4
ARMS, REFERENCE = "compare-arms", "compare-reference"
_PICKS, _REFERENCE = "compare-kept-picks", "compare-kept-reference"


@dataclass(frozen=True, slots=True)
class Pick:
    """An arm by its base configuration, or with `seed` one of its runs."""

    config: RunConfig
    seed: int | None = None

    @property
    def text(self) -> str:
        """As the address holds it."""
        return arm_text(self.config, self.seed)

    @property
    def title(self) -> str:
        config, seed = self.config, self.seed
        return arm_title(config) if seed is None else title(replace(config, seed=seed))


@st.cache_resource(ttl=3, show_spinner=False)
def known() -> tuple[Arm, ...]:
    """The store's arms, as they were at most three seconds ago."""
    return arms(cached.store().list())


def current() -> list[Arm]:
    """The arms to show, the reference first."""
    picks, reference = st.session_state[_PICKS], st.session_state[_REFERENCE]
    ordered = sorted(picks, key=lambda pick: pick != reference)
    return [arm for pick in ordered if (arm := find(known(), pick.config, pick.seed))]


def adopt(picks: Sequence[Pick], reference: Pick | None = None) -> None:
    """Compare these from now on."""
    st.session_state[_PICKS] = st.session_state[ARMS] = list(picks)
    st.session_state[_REFERENCE] = st.session_state[REFERENCE] = reference or next(iter(picks), None)


class _Part(Part):
    names = ARM_KEYS

    def read(self, asked: Mapping[str, str]) -> list[str]:
        picks: list[Pick] = []
        refused: list[str] = []
        for text in (text for name, text in asked.items() if name in ARM_KEYS):
            pick, messages = parse(text)
            refused += [plain(message) for message in messages]
            if find(known(), pick.config, pick.seed) is None:
                refused.append(f"{plain(pick.title)}: no such run has ended here. Train it in the lab to compare it.")
            elif pick not in picks:
                picks.append(pick)
        adopt(picks or default())
        return refused

    def query(self) -> dict[str, str]:
        """The default comparison needs no words."""
        picks, reference = st.session_state[_PICKS], st.session_state[_REFERENCE]
        if picks == default() and reference == next(iter(picks), None):
            return {}
        ordered = sorted(picks, key=lambda pick: pick != reference)
        return comparison([pick.text for pick in ordered])

    def settle(self, *, is_back: bool) -> None:
        """The widgets' session keys are set, too."""
        there = [pick for pick in st.session_state[_PICKS] if find(known(), pick.config, pick.seed)]
        st.session_state.setdefault(ARMS, there)
        picks = [pick for pick in st.session_state[ARMS] if find(known(), pick.config, pick.seed)]
        st.session_state[_PICKS] = picks
        if st.session_state.get(REFERENCE) not in picks:
            kept = st.session_state.get(_REFERENCE)
            st.session_state[REFERENCE] = kept if kept in picks else next(iter(picks), None)
        st.session_state[_REFERENCE] = st.session_state[REFERENCE]


PART = _Part()
"""Of what Compare shows."""


def ready() -> list[Ready]:
    """The ready comparisons whose arms are all here."""
    return [ready for ready in READY if all(find(known(), config) for config in ready.configs())]


def picks_of(ready: Ready) -> list[Pick]:
    return [Pick(base(config)) for config in ready.configs()]


def default() -> list[Pick]:
    """What a first visit shows: a ready comparison, or else the arms with the most seeds."""
    if there := ready():
        return picks_of(there[0])
    return [Pick(arm.config) for arm in known()[:MOST]]


def parse(text: str) -> tuple[Pick, list[str]]:
    """The pick that an address names, and a sentence for each part that was refused."""
    config, seed, refused = read_arm(text)
    return Pick(base(config), seed), [str(error) for error in refused]
