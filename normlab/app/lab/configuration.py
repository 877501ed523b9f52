"""Which configuration this session looks at: from the address, from the widgets, and kept between pages.

The widgets hold raw values under `key(name)`, boxes for numbers their text; the norms, which have a control for one and
one for several, are kept there. What they say is checked as a whole; while it contradicts itself, the last
configuration that was valid stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from normlab.app.lab import setup
from normlab.app.lab.scene import show_run
from normlab.app.lab.views import PREDICTED, TRUE
from normlab.app.shell import cached, links
from normlab.app.shell.page import Part
from normlab.app.shell.words import plain
from normlab.choices import Dataset, Norm
from normlab.config import ConfigError, RunConfig
from normlab.identity import canonical
from normlab.presets import PRESETS, Preset
from normlab.settings import SETTINGS, VERSION_KEY, accepted, changed, flat, from_query

TYPED = (
    *("lr", "momentum", "batch_size", "epochs", "seed", "bn_momentum", "ghost_batch"),
    *("init_scale", "conv_lr_scale", "weight_norms"),
)
"""The numbers that are typed; the others have sliders."""

NO_NORM = "none"
ONE, SEVERAL, COMBINE = "setting-norms-one", "setting-norms-several", "setting-norms-combine"
"""Session keys of the controls for one norm, for several, and of the switch between them."""

_DIGITS = 9
"""Behind the point, so that 0.1 + 0.2 is 0.3."""

_CONFIG, _CONTRADICTION, _PRESETS, _COMBINES = "config", "config-contradiction", "presets", "norms-are-combined"


def key(name: str) -> str:
    """The session key of a setting's widget."""
    return f"setting-{name}"


def preset_key() -> str:
    """The session key of the presets' box."""
    return f"preset-{st.session_state.get(_PRESETS, 0)}"


def current() -> RunConfig:
    """The configuration to show."""
    config: RunConfig = st.session_state[_CONFIG]
    return config


def contradiction() -> ConfigError | None:
    """Why what the widgets say was not taken; None if it was."""
    error: ConfigError | None = st.session_state.get(_CONTRADICTION)
    return error


class _Part(Part):
    names = (*SETTINGS, VERSION_KEY)

    def read(self, asked: Mapping[str, str]) -> list[str]:
        settings = {name: asked[name] for name in self.names if name in asked}
        config, refused = from_query(settings)
        if config == RunConfig() and "seed" not in settings:
            config = cached.opening()
        adopt(config)
        return [plain(str(error)) for error in refused]

    def query(self) -> dict[str, str]:
        return {} if current() == cached.opening() else links.settings(current())

    def settle(self, *, is_back: bool) -> None:
        if is_back:
            adopt(current())
        for name, value in flat(current()).items():  # a widget that is not shown is forgotten, its setting is not
            st.session_state.setdefault(key(name), _raw(name, value))
        try:
            wanted = changed(current(), {name: said(name) for name in SETTINGS})
        except ConfigError as error:
            st.session_state[_CONTRADICTION] = error
            return
        st.session_state[_CONTRADICTION] = None
        if wanted != current():
            st.session_state[_CONFIG] = wanted
            setup.forget_epoch()
            show_run()
        _tell_preset(_matching_preset(wanted))


PART = _Part()
"""Of what the lab shows."""


def said(name: str) -> Any:
    """The value that a setting's widget holds, which its own rule or others may refuse.

    Raises:
        ConfigError: a text that is no number.
    """
    held = st.session_state[key(name)]
    return SETTINGS[name].parse(held) if name in TYPED else held


def text(name: str) -> str:
    """For the box of a number that is drawn next: its text. It shows how it was read, as the address writes it."""
    held: str = st.session_state[key(name)]
    try:
        shown = SETTINGS[name].format(said(name))
    except ConfigError:
        return held
    if shown != held:
        st.session_state[key(name)] = shown
    return shown


def step(name: str, by: float) -> None:
    """Callback: a number that is typed becomes so much larger, if its rule allows that."""
    setting = SETTINGS[name]
    try:
        value = said(name)
    except ConfigError:
        value = flat(st.session_state[_CONFIG])[name]
    value = round(value + by, _DIGITS)
    if setting.rule.holds(value):
        st.session_state[key(name)] = setting.format(value)


def combines() -> bool:
    """Whether the norms' control takes several: where there are several, or the reader asks for it."""
    return len(st.session_state[key("norms")]) > 1 or bool(st.session_state.get(_COMBINES))


def switch_combining() -> None:
    """Callback of the switch. Of several norms, the first stays alone."""
    st.session_state[_COMBINES] = st.session_state[COMBINE]
    if not st.session_state[COMBINE]:
        st.session_state[key("norms")] = st.session_state[key("norms")][:1]


def take_one() -> None:
    """Callback of the control for one norm; None where a browser tells of it before it has its value."""
    chosen: Norm | str | None = st.session_state[ONE]
    if chosen is not None:
        st.session_state[key("norms")] = [] if chosen == NO_NORM else [chosen]


def take_several() -> None:
    """Callback of the control for several norms."""
    st.session_state[key("norms")] = list(st.session_state[SEVERAL])


def _tell_preset(preset: Preset | None) -> None:
    """Until the browser hears of it, it sends the box's old choice with whatever is clicked next, and that would count
    as a choice. So where something else changes the choice, the box is a new one."""
    if st.session_state.get(preset_key()) != preset:
        st.session_state[_PRESETS] = st.session_state.get(_PRESETS, 0) + 1
        st.session_state[preset_key()] = preset


def last() -> RunConfig:
    """The configuration that the lab shows, seen from another page."""
    config: RunConfig | None = st.session_state.get(_CONFIG)
    return config or cached.opening()


def adopt(config: RunConfig) -> None:
    """Look at `config` from now on; its values go into the widgets."""
    st.session_state[_CONFIG] = config
    for name, value in flat(config).items():
        st.session_state[key(name)] = _raw(name, value)


def _raw(name: str, value: Any) -> Any:
    """As a widget holds it."""
    if name in TYPED:
        return SETTINGS[name].format(value)
    return list(value) if isinstance(value, tuple) else value


def hold(names: Iterable[str]) -> None:
    """For settings whose controls are not drawn: Streamlit would bring their first values back."""
    values = flat(current())
    for name in names:
        st.session_state[key(name)] = _raw(name, values[name])


def adopt_preset() -> None:
    """Callback of the presets' box."""
    chosen: Preset | None = st.session_state[preset_key()]
    if chosen is not None:
        show_run()
        adopt(_but_what_is_fixed(cached.store().representative(chosen.config())))


def adopt_recipe() -> None:
    """Callback of the data set's control: a data set comes with its recipe, and with all of its training images."""
    dataset: Dataset = st.session_state[key("dataset")]
    for view in (TRUE, PREDICTED):
        view.set(view.default)  # classes of one data set mean nothing in another
    for name, value in {"train_size": SETTINGS["train_size"].default, **dataset.spec.recipe}.items():
        if name not in setup.current().fixed:
            st.session_state[key(name)] = _raw(name, value)


def keeps_what_is_fixed(config: RunConfig) -> bool:
    """Whether nothing that a link has hidden or fixed would change with `config`."""
    return _but_what_is_fixed(config) == config


def _but_what_is_fixed(config: RunConfig) -> RunConfig:
    """`config`, but with the present values of the settings that a link has hidden or fixed, as far as they fit."""
    present = flat(st.session_state[_CONFIG])
    return accepted(config, {name: present[name] for name in setup.current().fixed})[0]


@lru_cache(maxsize=1024)
def _matching_preset(config: RunConfig) -> Preset | None:
    """The preset that this is, whatever the seed."""
    for preset in PRESETS:
        if canonical(replace(config, seed=preset.config().seed)) == canonical(preset.config()):
            return preset
    return None
