"""What an address says about the page instead of the experiment: a teacher's link hides controls or fixes them.

Knows neither widgets nor the session; `address` keeps the lesson. Hiding tidies a page and protects nothing: whoever
edits the address sees every control again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from normlab import numerals
from normlab.app.words import slug
from normlab.compare import arm_text, read_arm
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.settings import SCHEMA, SETTINGS, VERSION_KEY

PANELS = ("Curves", "Layers", "Mistakes", "Weights", "Model", "Log", "Take away")
"""What can be open below a run, in the order of the page."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "data": ("dataset", "train_size", "label_noise", "augmentation", "validation"),
    "training": ("optimizer", "lr", "momentum", "schedule", "batch_size", "epochs", "seed"),
    "details": (
        *("dropout_place", "widths", "bn_momentum", "ghost_batch", "bn_modes"),
        *("l1_scope", "l1_step", "l2_scope", "study_exact"),
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
KEYS = ("hide", "lock", "panel", "pins", "epoch", "projector")
"""Names in the address that are no settings."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """How the page is set up: names of hidden and of fixed controls, the open panel, the runs that are pinned beside
    the one that is shown, sizes for a projector; and the epoch at which a link opens the run (None: its last).
    """

    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    panel: str = PANELS[0]
    projector: bool = False
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


def from_query(query: Mapping[str, str]) -> tuple[Lesson, list[str]]:
    """The lesson in a query, and a sentence for each of its values that was refused. Other names are not looked at."""
    refused: list[str] = []
    hidden = _names("hide", query.get("hide", ""), HIDEABLE, refused)
    locked = _names("lock", query.get("lock", ""), LOCKABLE, refused)
    panels = {slug(name): name for name in PANELS}
    panel = query.get("panel", slug(PANELS[0]))
    if slug(panel) not in panels:
        refused.append(f"panel={panel} is not known; choose one of {', '.join(panels)}.")
    projector = query.get("projector", "false").strip().lower()
    if projector not in ("true", "false"):
        refused.append(f"projector={projector} must be true or false.")
    is_ours = query.get(VERSION_KEY, str(SCHEMA)) == str(SCHEMA)  # else the settings are refused, and pins with them
    pins = _pins(query.get("pins", "") if is_ours else "", refused)
    epoch = _epoch(query.get("epoch", "").strip(), refused)
    return Lesson(hidden, locked, panels.get(slug(panel), PANELS[0]), projector == "true", pins, epoch), refused


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


def to_query(lesson: Lesson) -> dict[str, str]:
    """What differs from the page as it is by default; `from_query` reads it back."""
    query = {"hide": ",".join(lesson.hidden), "lock": ",".join(lesson.locked)}
    query["panel"] = "" if lesson.panel == PANELS[0] else slug(lesson.panel)
    query["pins"] = ";".join(map(arm_text, lesson.pins))
    query["epoch"] = "" if lesson.epoch is None else str(lesson.epoch)
    query["projector"] = "true" if lesson.projector else ""
    return {name: text for name, text in query.items() if text}
