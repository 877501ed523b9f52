"""How the lab is set up, as its address says beside the experiment: a teacher's link hides controls or fixes them.

Hiding tidies a page and protects nothing: anyone can edit the address and see every control again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from normlab import numerals
from normlab.app.shell.page import Part
from normlab.app.shell.words import plain, slug
from normlab.compare import arm_text, read_arm
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.settings import SCHEMA, SETTINGS, VERSION_KEY

PANELS = ("Curves", "Network", "Layers", "Mistakes", "Weights", "Ledger", "Model", "Log", "Take away")
"""What can be open below a run, in the order of the page."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "data": ("dataset", "train_size", "label_noise", "augmentation", "validation"),
    "training": ("optimizer", "lr", "momentum", "schedule", "batch_size", "epochs", "seed"),
    "details": (
        *("dropout_place", "widths", "bn_momentum", "ghost_batch", "bn_modes"),
        *("l1_scope", "l1_step", "l2_scope", "study_exact"),
        *("norm_blocks", "trainable", "init_scale", "conv_lr_scale", "weight_norms"),
    ),
}
"""The sidebar's folded parts, and the settings in each."""

BUTTONS: Mapping[str, str] = {
    "train": "Train button",
    "rewind": "Rewind button",
    "pin": "Pin button",
    "link": "Link button",
    "network": "Drawing of the network",
    "panels": "Choice of panels",
    "time": "Play and epoch",
    "tour": "Tour",
}
LOCKABLE = ("preset", *SETTINGS, *SECTIONS)
HIDEABLE = (*LOCKABLE, *BUTTONS)
"""Names that `lock` and `hide` take; a section stands for all of its settings."""

MOST_PINS = 4
_LAST_EPOCH = 99_999
KEYS = ("hide", "lock", "panel", "pins", "epoch")
"""Names in the address that are no settings."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Names of hidden and of fixed controls, the open panel, the runs that are pinned beside the one that is shown, and
    the epoch at which a link opens the run (None: its last).
    """

    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    panel: str = PANELS[0]
    pins: tuple[RunConfig, ...] = ()
    epoch: int | None = None

    def hides(self, control: str) -> bool:
        """Whether the control, or its section, is not there; a section goes with the last of its settings."""
        settings = SECTIONS.get(control, ())
        return _covers(self.hidden, control) or (bool(settings) and all(_covers(self.hidden, s) for s in settings))

    def locks(self, control: str) -> bool:
        """Whether the control is there and cannot be changed."""
        return _covers(self.locked, control)

    @property
    def fixed(self) -> frozenset[str]:
        """The settings that keep the address's value whatever is pressed: hidden or locked."""
        return frozenset(name for name in SETTINGS if self.hides(name) or self.locks(name))


def _covers(names: Iterable[str], control: str) -> bool:
    return control in names or any(control in SECTIONS.get(name, ()) for name in names)


def label(control: str) -> str:
    """What the page calls a control or a section."""
    if control in SETTINGS:
        return SETTINGS[control].rule.label
    return BUTTONS.get(control) or ("Preset" if control == "preset" else f"All of {control.capitalize()}")


def from_query(query: Mapping[str, str]) -> tuple[Setup, list[str]]:
    """The set-up in a query, and a sentence for each of its values that was refused. Other names are not looked at."""
    refused: list[str] = []
    hidden = _names("hide", query.get("hide", ""), HIDEABLE, refused)
    locked = _names("lock", query.get("lock", ""), LOCKABLE, refused)
    panels = {slug(name): name for name in PANELS}
    panel = query.get("panel", slug(PANELS[0]))
    if slug(panel) not in panels:
        refused.append(f"panel={panel} is not known; choose one of {', '.join(panels)}.")
    is_ours = query.get(VERSION_KEY, str(SCHEMA)) == str(SCHEMA)  # else the settings are refused, and pins with them
    pins = _pins(query.get("pins", "") if is_ours else "", refused)
    epoch = _epoch(query.get("epoch", "").strip(), refused)
    return Setup(hidden, locked, panels.get(slug(panel), PANELS[0]), pins, epoch), refused


def _epoch(text: str, refused: list[str]) -> int | None:
    if not text:
        return None
    epoch = numerals.read_whole(text)
    if epoch is not None and 0 <= epoch <= _LAST_EPOCH:
        return epoch
    refused.append(f"epoch={text} must be a whole number from 0, the start, to {_LAST_EPOCH:,}.")
    return None


def _pins(text: str, refused: list[str]) -> tuple[RunConfig, ...]:
    """Configurations as `compare` writes arms, with semicolons between them; one that is refused in part is no pin."""
    parts = [part for part in text.split(";") if part.strip()]
    pins: dict[RunConfig, None] = {}
    for part in parts[:MOST_PINS]:
        config, _, errors = read_arm(part)
        refused += [f"Not pinned: {error}" for error in errors]
        if not errors:
            pins[canonical(config)] = None
    if len(parts) > MOST_PINS:
        refused.append(f"pins holds {len(parts)} runs; no more than the first {MOST_PINS} are pinned.")
    return tuple(pins)


def _names(key: str, text: str, known: Iterable[str], refused: list[str]) -> tuple[str, ...]:
    asked = dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip())
    for name in asked:
        if name not in known:
            refused.append(f"{key}={name} is not known; choose from {', '.join(known)}.")
    return tuple(name for name in known if name in asked)


def to_query(setup: Setup) -> dict[str, str]:
    """What differs from the page as it is by default; `from_query` reads it back."""
    query = {"hide": ",".join(setup.hidden), "lock": ",".join(setup.locked)}
    query["panel"] = "" if setup.panel == PANELS[0] else slug(setup.panel)
    query["pins"] = ";".join(map(arm_text, setup.pins))
    query["epoch"] = "" if setup.epoch is None else str(setup.epoch)
    return {name: text for name, text in query.items() if text}


_KEPT = "lab-setup"


def current() -> Setup:
    """How the lab of this session is set up."""
    kept: Setup = st.session_state.get(_KEPT, Setup())
    return kept


def change(**parts: Any) -> None:
    """Set it up so from now on."""
    st.session_state[_KEPT] = replace(current(), **parts)


def take_epoch() -> int | None:
    """The epoch at which a link opens its run. It is said once, unless the link hides time: then the page keeps it."""
    epoch = current().epoch
    if not current().hides("time"):
        forget_epoch()
    return epoch


def forget_epoch() -> None:
    """From now on the page has an epoch of its own, or another run."""
    change(epoch=None)


class _Part(Part):
    names = KEYS

    def read(self, asked: Mapping[str, str]) -> list[str]:
        st.session_state[_KEPT], refused = from_query(asked)
        return [plain(text) for text in refused]

    def query(self) -> dict[str, str]:
        return to_query(current())


PART = _Part()
"""Of what the lab shows."""
