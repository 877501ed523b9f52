"""The sidebar: a widget for every setting, labelled and explained by the setting's own rule.

Every widget can hold every value that its setting may have: a value from a link that is on no grid joins the grid.
What a teacher's link hides is not drawn, what it fixes cannot be moved.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, get_args

import streamlit as st

from normlab.app.lab import configuration, setup
from normlab.app.lab.setup import Setup
from normlab.app.ruler.picture import sentence
from normlab.app.shell import widgets
from normlab.app.shell.words import norm_word, plain, word
from normlab.choices import Dataset, Norm, Optimizer, Trainable
from normlab.config import ConfigError, ModelConfig, RunConfig
from normlab.numerals import exact
from normlab.presets import DROPOUTS, LAMBDAS, PRESETS
from normlab.settings import SETTINGS

DONE = "norms-do"
"""Of the sentence on what the norms do."""

_NOISE = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_GROUPS = (1, 2, 4, 8)
_SIZES = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


def show(config: RunConfig, problem: ConfigError | None) -> None:
    """Draw all controls. `config` decides which of them matter; `problem` is said below the control it belongs to."""
    page = setup.current()
    controls = _Controls(problem, page)
    _preset(page)
    controls.slider("dropout", DROPOUTS, zero="off")
    controls.norms("norms")
    if not page.hides("norms"):
        with st.container(key=DONE):
            st.caption(_done_by(config.model))
    if config.model.is_grouped or (problem and problem.field == "groups"):
        controls.segments("groups", _GROUPS)
    else:  # a control that is drawn no more would leave its first value behind
        configuration.hold(["groups"])
    controls.slider("l1", LAMBDAS, zero="off")
    controls.slider("l2", LAMBDAS, zero="off")
    for name, icon, draw in _SECTIONS:
        if not page.hides(name):
            _section(name, icon, draw, controls, config)
    if page.locked:
        st.caption("Grayed-out controls are locked by the link that opened this page.")


def _section(name: str, icon: str, draw: "_Draw", controls: "_Controls", config: RunConfig) -> None:
    """A folded part: its controls are there while it is open, or holds what is wrong."""
    folded = widgets.expander(name.capitalize(), icon=f":material/{icon}:", key=section_key(name))
    if folded.open or (controls.problem and controls.problem.field in setup.SECTIONS[name]):
        with folded:
            draw(controls, config)
    elif controls.problem is None:
        configuration.hold(setup.SECTIONS[name])


def section_key(name: str) -> str:
    """The session key of a folded part: whether it is open."""
    return f"section-{name}"


def one_norm(problem: ConfigError | None) -> None:
    """The choice of a norm alone, where a projector shows no sidebar."""
    if not setup.current().hides("norms") and not configuration.combines():
        with st.container(key=configuration.key("norms"), width="content"):
            _Controls(problem, setup.current()).one_norm()


def _done_by(model: ModelConfig) -> str:
    """What the norms do to the values; the same steps are said once."""
    sentences = dict.fromkeys(sentence(norm) for norm in model.norms)
    return " Then: ".join(sentences) or "Values pass as they are."


def _data(controls: "_Controls", config: RunConfig) -> None:
    controls.datasets("dataset")
    known = config.data.dataset.spec.training
    controls.slider("train_size", [size for size in _SIZES if size < known], zero="all")
    controls.slider("label_noise", _NOISE, zero="none")
    controls.choice("augmentation")
    controls.toggle("validation")


def _training(controls: "_Controls", config: RunConfig) -> None:
    controls.choice("optimizer")
    controls.number("lr", 0.01)
    controls.number("momentum", 0.05, disabled=config.optim.optimizer is not Optimizer.SGD)
    controls.choice("schedule", box=True)
    controls.number("batch_size", 16)
    controls.number("epochs", 1)
    controls.number("seed", 1)


def _details(controls: "_Controls", config: RunConfig) -> None:
    model, penalty = config.model, config.penalty
    controls.choice("dropout_place", disabled=not (model.dropout and model.norms))
    controls.choice("widths")
    controls.number("bn_momentum", 0.01, disabled=not model.remembers)
    controls.number("ghost_batch", 8, disabled=not model.remembers)
    controls.toggle("bn_modes", disabled=not model.remembers)
    controls.choice("l1_scope", disabled=not penalty.l1)
    controls.choice("l1_step", disabled=not penalty.l1)
    controls.choice("l2_scope", disabled=not penalty.l2)
    controls.toggle("study_exact", disabled=bool(model.norms))
    controls.several("norm_blocks", disabled=not model.norms)
    trainable = config.optim.trainable
    controls.choice("trainable")
    controls.number("init_scale", 0.5)
    controls.number("conv_lr_scale", 0.5, disabled=trainable in (Trainable.NORM, Trainable.HEAD))
    controls.number("weight_norms", 0.1, disabled=trainable is not Trainable.ALL)


def _preset(page: Setup) -> None:
    if page.hides("preset"):
        return
    widgets.selectbox(
        "Preset",
        PRESETS,
        index=None,
        format_func=lambda preset: preset.name,
        key=configuration.preset_key(),
        placeholder="Your own settings",
        on_change=configuration.adopt_preset,
        help="A ready-made configuration. You can still change everything below.",
        disabled=page.locks("preset"),
    )


_Draw = Callable[["_Controls", RunConfig], None]
_SECTIONS: tuple[tuple[str, str, _Draw], ...] = (
    ("data", "database", _data),
    ("training", "model_training", _training),
    ("details", "tune", _details),
)
_P = ParamSpec("_P")
_Method = Callable[Concatenate["_Controls", str, _P], None]


def _control(draw: _Method[_P]) -> _Method[_P]:
    """The control of one setting: not there if the link hides it, else with what is wrong with its value below."""

    @wraps(draw)
    def whole(self: "_Controls", name: str, /, *args: _P.args, **options: _P.kwargs) -> None:
        if self.page.hides(name):
            return
        draw(self, name, *args, **options)
        if self.problem and self.problem.field == name:
            st.error(plain(str(self.problem)), icon=":material/block:")

    return whole


def _value(name: str) -> Any:
    """The setting's value, which is every control's default too.

    Streamlit sends a value that the session state was given once only. A browser that has yet to load the control when
    the script runs again never gets it, and would answer with the control's default.
    """
    return st.session_state[configuration.key(name)]


def _shown(key: str, value: Any) -> str:
    """The key of a control that is drawn next and shows `value`; what it shows anyway is not set anew."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


class _Controls:
    """One method a kind of widget. A disabled widget has no effect in the present configuration."""

    def __init__(self, problem: ConfigError | None, page: Setup) -> None:
        self.problem = problem
        self.page = page

    @_control
    def slider(self, name: str, grid: Sequence[float], *, zero: str) -> None:
        """A slider over a grid of numbers; 0 is called `zero`, and is the upper end where it means everything."""
        rule, value = SETTINGS[name].rule, _value(name)
        options = sorted({*grid, 0, value}, key=lambda option: (option == 0 and zero == "all", option))
        widgets.select_slider(
            rule.label,
            options,
            value,
            key=configuration.key(name),
            help=rule.help,
            format_func=lambda option: exact(option) if option else zero,
            disabled=self.page.locks(name),
        )

    @_control
    def number(self, name: str, step: float, *, disabled: bool = False) -> None:
        """A box with buttons for a `step` less and more. Streamlit's own drops what it does not know, such as a decimal
        comma, and keeps the rest."""
        rule, off = SETTINGS[name].rule, disabled or self.page.locks(name)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xxsmall", wrap=False):
            widgets.text_input(
                rule.label,
                configuration.text(name),
                key=configuration.key(name),
                help=rule.help,
                disabled=off,
                autocomplete="off",
            )
            for sign, word_, by in (("−", "Less", -step), ("+", "More", step)):
                widgets.button(
                    sign,
                    key=f"{configuration.key(name)}-{word_.lower()}",
                    help=f"{word_}: {rule.label}",
                    type="tertiary",
                    disabled=off,
                    on_click=configuration.step,
                    args=(name, by),
                )

    @_control
    def choice(self, name: str, *, box: bool = False, disabled: bool = False) -> None:
        """One of an enumeration: side by side, or in a box where the words are long."""
        setting = SETTINGS[name]
        options: list[StrEnum] = list(setting.kind)
        if box:
            widgets.selectbox(
                setting.rule.label,
                options,
                options.index(_value(name)),
                format_func=word,
                key=configuration.key(name),
                help=setting.rule.help,
                disabled=disabled or self.page.locks(name),
            )
        else:
            widgets.segmented_control(
                setting.rule.label,
                options,
                default=_value(name),
                format_func=word,
                key=configuration.key(name),
                help=setting.rule.help,
                required=True,
                disabled=disabled or self.page.locks(name),
                width="stretch",
            )

    @_control
    def segments(self, name: str, grid: Sequence[int]) -> None:
        rule, value = SETTINGS[name].rule, _value(name)
        options = sorted({*grid, value})
        widgets.segmented_control(
            rule.label,
            options,
            default=value,
            key=configuration.key(name),
            help=rule.help,
            required=True,
            disabled=self.page.locks(name),
            width="stretch",
        )

    @_control
    def toggle(self, name: str, *, disabled: bool = False) -> None:
        rule = SETTINGS[name].rule
        widgets.toggle(
            rule.label,
            _value(name),
            key=configuration.key(name),
            help=rule.help,
            disabled=disabled or self.page.locks(name),
        )

    @_control
    def norms(self, name: str) -> None:
        """One norm, or none; where they are combined, any of them."""
        rule, chosen, off = SETTINGS[name].rule, _value(name), self.page.locks(name)
        combines = configuration.combines()
        with st.container(key=configuration.key(name), gap="small"):
            with st.container(
                horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False
            ):
                st.markdown(f":small[{rule.label}]", help=rule.help, width="content")
                widgets.toggle(
                    "Combine",
                    combines,
                    key=_shown(configuration.COMBINE, combines),
                    disabled=off,
                    on_change=configuration.switch_combining,
                )
            if combines:
                widgets.pills(
                    rule.label,
                    list(Norm),
                    selection_mode="multi",
                    default=chosen,
                    format_func=norm_word,
                    key=_shown(configuration.SEVERAL, chosen),
                    disabled=off,
                    label_visibility="collapsed",
                    on_change=configuration.take_several,
                )
                return
            self.one_norm()

    def one_norm(self) -> None:
        chosen = _value("norms")
        alone = chosen[0] if chosen else configuration.NO_NORM
        widgets.segmented_control(
            SETTINGS["norms"].rule.label,
            (configuration.NO_NORM, *Norm),
            default=alone,
            format_func=lambda norm: "None" if norm == configuration.NO_NORM else norm_word(norm),
            key=_shown(configuration.ONE, alone),
            required=True,
            disabled=self.page.locks("norms"),
            label_visibility="collapsed",
            wrap=True,
            on_change=configuration.take_one,
        )

    @_control
    def several(self, name: str, *, disabled: bool = False) -> None:
        """Any of an enumeration."""
        setting = SETTINGS[name]
        widgets.segmented_control(
            setting.rule.label,
            list(get_args(setting.kind)[0]),
            selection_mode="multi",
            default=_value(name),
            format_func=word,
            key=configuration.key(name),
            help=setting.rule.help,
            disabled=disabled or self.page.locks(name),
            width="stretch",
        )

    @_control
    def datasets(self, name: str) -> None:
        rule = SETTINGS[name].rule
        widgets.selectbox(
            rule.label,
            list(Dataset),
            list(Dataset).index(_value(name)),
            format_func=word,
            key=configuration.key(name),
            help=f"{rule.help} Switching also sets the learning rate, batch size and epochs.",
            on_change=configuration.adopt_recipe,
            disabled=self.page.locks(name),
        )
