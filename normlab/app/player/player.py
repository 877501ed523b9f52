"""The player: recorded epochs that play in the browser, from data sent once; the server hears of it when it rests.

One component (`player.js`, `player.css`) in two kinds. A *race* draws two networks side by side, whose test images
light up as they are answered right, asks for a bet, and has all choices of rival, step size and lap within it. A *run*
is a chart of one or more curves with the same controls: what a page plays by itself.

It is played, paused, stepped, dragged, slowed, and obeys the keyboard: space, arrows, Home, End; on a projector Page
Down and Page Up (`shell/presenter.js`) go from stop to stop. Where the system asks for less motion it begins only when
asked to, goes epoch by epoch, and waits for a bet as long as it takes.

What the page sends, as JSON:

- `version`: a text that changes where course or run do; then what is shown begins anew. The browser keeps what it
  was sent, and the session remembers that: a page that is drawn again sends the version alone. A browser that lacks
  what belongs to it asks (the trigger `wanted`).
- `serial`, `state`: what to show. It is taken over when the component appears, or under a higher `serial` than the last
  one said or sent, so that a late answer undoes nothing. A `state` is what `Rest` holds; its `epoch` None plays from
  the start.
- `course` (of `normlab.race.course`) for a race, or `run`: {name, title, epochs, domain: [low, high], unit, grows,
  tracks: [{name, color, values, dash}]}, where `values` has a number or None for each epoch from 0, and unit "%" writes
  whole percents. One that `grows` trains still, and cannot be played.
- `colors` and `inks` by norm, `dark`, `projector`, `words`.

What the page hears: the trigger `rested`, with the next `serial` and the state, each time it rests at an epoch. What
else stands on the page hears of each epoch of a run at once: the window's event "normlab-epoch", with {run, epoch}.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import streamlit as st

from normlab.app.shell import address, appearance
from normlab.app.shell.component import component, heard
from normlab.charts.theme import NORM_COLORS, ink_on

_WORDS = {
    "keys": "Space plays and pauses, arrow keys step, Home and End go to the ends.",
    "play": "Play",
    "pause": "Pause",
    "epoch": "epoch {} of {}",
    "wall": "{} of {} test images answered right",
    "cell": "a {}, answered {}",
    "own": "step size {}",
    "legend": "Each tile is a test image. Lit: answered right.",
    "ask": "Who will be ahead after {} epochs?",
    "lag": "Dotted: tested with batch statistics. The solid line uses memory, which lags at first.",
    "mark": "◂ your bet",
    "shown": "Each side shows its middle seed.",
    "next": "Unfair? Give each its own best step.",
    "again": "Back to equal steps",
    "stepHelp": "The learning rate (lr): its highest value in the one-cycle schedule",
}

_SIDE = (
    '<section class="side"><header><span class="who"></span><span class="score"></span>'
    '<span class="own"></span></header><div class="wall" role="img"></div></section>'
)
_HTML = f"""
<div class="frame"><div class="player" role="group" tabindex="0">
  <style class="sheet"></style>
  <div class="title" role="heading"></div>
  <div class="sides">{_SIDE}{_SIDE}</div>
  <div class="chart">
    <svg class="lines" aria-hidden="true"></svg>
    <div class="bet"><div class="card" role="group" aria-label="Your bet?">
      <p>Your bet?</p>
      <div class="bets">
        <button type="button" value="left"></button>
        <button type="button" value="right"></button>
        <button type="button" value="same"></button>
      </div>
      <i class="think"></i>
    </div></div>
  </div>
  <div class="transport">
    <button type="button" class="play">
      <svg class="go" viewBox="0 0 24 24" aria-hidden="true"><path d="M7 4v16l13-8z"/></svg>
      <svg class="pause" viewBox="0 0 24 24" aria-hidden="true"><path d="M6 4h4v16H6zM14 4h4v16h-4z"/></svg>
    </button>
    <input type="range" class="slider" min="0" aria-label="Epoch">
    <div class="when">
      <button type="button" class="back" aria-label="One epoch back">‹</button>
      <span class="epoch"></span>
      <button type="button" class="on" aria-label="One epoch on">›</button>
    </div>
  </div>
  <div class="talk-row"><p class="talk" aria-live="polite"></p><button type="button" class="next"></button></div>
  <div class="choices">
    <div class="choice steps" role="group" aria-label="Step size">Step size <div class="buttons"></div></div>
    <div class="choice rivals" role="group" aria-label="Rival">Rival <div class="buttons"></div></div>
    <div class="end">
      <button type="button" class="lag" aria-pressed="false">Batch statistics</button>
      <button type="button" class="speed" aria-label="Speed">1×</button>
    </div>
  </div>
  <p class="fine"><span class="seeds"></span> <a class="all" target="_self">All seeds</a></p>
</div></div>
"""

_component = component(__file__, _HTML)


@dataclass(frozen=True, slots=True)
class Rest:
    """What a player shows where it rests. `rival`, `step`, `lap` and `bet` ("left", "right", "same") are a race's."""

    epoch: int | None = None
    rival: str = "none"
    step: str = ""
    lap: int = 1
    bet: str | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a run: a number, or None, for each epoch from 0."""

    name: str
    color: str
    values: Sequence[float | None]
    dash: bool = False


def race(key: str, course: Mapping[str, Any], version: str, rest: Rest, take: Callable[[Rest], None]) -> None:
    """Draw the races of a `course`. `take` is a callback: it gets what is shown each time the player rests."""
    _show(key, {"course": course}, version, rest, take)


def run(
    key: str,
    curves: Sequence[Curve],
    rest: Rest,
    take: Callable[[Rest], None],
    *,
    name: str = "",
    title: str = "",
    domain: tuple[float, float] = (0.0, 100.0),
    unit: str = "%",
    epochs: int | None = None,
    grows: bool = False,
) -> None:
    """Draw curves over the epochs (as many as the longest has, or `epochs`), with the same controls; a race's part of
    `rest` means nothing. `name` is the run's for "normlab-epoch"; a run that `grows` is shown and not played."""
    whole = max(len(curve.values) for curve in curves) - 1 if epochs is None else epochs
    about = {"name": name, "title": title, "epochs": whole, "domain": domain, "unit": unit, "grows": grows}
    drawn = {**about, "tracks": [*map(asdict, curves)]}
    _show(key, {"run": drawn}, hashlib.sha256(repr(drawn).encode()).hexdigest(), rest, take)


def _show(key: str, shows: Mapping[str, Any], version: str, rest: Rest, take: Callable[[Rest], None]) -> None:
    colors = appearance.paint(dict(NORM_COLORS))
    is_sent = st.session_state.get(f"{key}-sent") == version
    st.session_state[f"{key}-sent"] = version
    data = {
        **({} if is_sent else shows),
        "version": version,
        "serial": _serial(key, rest),
        "state": asdict(rest),
        "colors": colors,
        "inks": {name: ink_on(color) for name, color in colors.items()},
        "dark": appearance.is_dark(),
        "projector": address.is_large(),
        "words": _WORDS,
    }
    _component(
        key=key,
        data=data,
        on_rested_change=heard(key, "rested", lambda message: _rested(key, message, take)),
        on_wanted_change=heard(key, "wanted", lambda version: st.session_state.pop(f"{key}-sent", None)),
    )


def _serial(key: str, rest: Rest) -> int:
    """The number under which `rest` goes to the browser: the last one, unless the page itself has changed something."""
    serial: int
    serial, known = st.session_state.get(f"{key}-serial", (0, rest))
    if known != rest:
        serial += 1
    st.session_state[f"{key}-serial"] = serial, rest
    return serial


def _rested(key: str, message: Mapping[str, Any], take: Callable[[Rest], None]) -> None:
    rest = Rest(**{field.name: message.get(field.name, field.default) for field in fields(Rest)})
    st.session_state[f"{key}-serial"] = message["serial"], rest
    take(rest)
