"""The worksheet: which values share a mean and a variance, and the arithmetic of one value, step by step."""

import streamlit as st

from normlab.app.ruler import of_sheet
from normlab.app.shell import page, tab, widgets
from normlab.app.shell.controls import buttons, take
from normlab.app.shell.page import Page
from normlab.app.shell.words import norm_word, plain
from normlab.app.worksheet import exercise, grid, kept, own, paper, state, statistics, steps
from normlab.app.worksheet.state import Choice, Source
from normlab.normmath import Values, normalized, scaled
from normlab.normmath import steps as steps_of
from normlab.norms import NormSpec, divisors
from normlab.numerals import exact

_SOURCES = {Source.N: "Study, layer n", Source.N_PLUS_1: "Study, layer n + 1", Source.OWN: "Your own"}
_SHOWN = {"x": "Values x", "hat": "Normalized x̂", "y": "Output y"}
_NORM = "Decides which values share a mean and a variance: the colored cells, for the cell you choose."
_SHEET = "The study's two published sheets, or your own. Your changes never overwrite the study's."
_SOLUTION = "Hide it to mark the cells yourself and work out the numbers by hand."
_ABOUT = "The study's spreadsheet: which values share one mean and variance? Every number can be changed."
_ABOUT_EXERCISE = "Mark the cells that share one mean. Once all are right, the arithmetic opens step by step."


def _bring_back() -> None:
    if not tab.is_awaited(tab.SHEETS):
        kept.take_up()


def _keep() -> None:
    if not tab.is_awaited(tab.SHEETS):
        statistics.take(state.current())
        kept.hold()


def _draw() -> None:
    st.title("Worksheet", anchor=False)
    if tab.wait(tab.SHEETS):
        return
    choice = state.current()
    values = state.values(choice.source)
    st.caption(_ABOUT if state.is_solved() else _ABOUT_EXERCISE)
    page.complain()
    _controls(choice, values)
    arithmetic = steps_of(values, choice.norm, choice.groups, choice.cell, choice.gamma, choice.beta)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _sheet(choice, values, len(arithmetic.values))
    with right:
        steps.show(choice, values, arithmetic)
    if not exercise.is_on(choice, values):
        of_sheet.show(choice.norm, values.shape, arithmetic, choice.gamma, choice.beta)
        statistics.show(choice, values)
    with st.expander("Size, random values, spreadsheet", icon=":material/table_edit:", expanded=_is_needed(choice)):
        own.show(choice)
    paper.show(choice, values, arithmetic)


def _is_needed(choice: Choice) -> bool:
    return choice.source is Source.OWN or bool(st.session_state.get(state.key("paste-problem")))


def _controls(choice: Choice, values: Values) -> None:
    channels = values.shape[1]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        buttons(state.NORM, "Normalization", words=norm_word, help=_NORM)
        if choice.norm.spec.is_grouped and channels > 1:
            widgets.select_slider(
                "Groups",
                divisors(channels),
                state.GROUPS.value(),
                key=state.GROUPS.key,
                on_change=take,
                args=(state.GROUPS,),
                width=200,
                help=f"Must divide the {channels} channels. 1 group is LayerNorm; {channels} groups are InstanceNorm.",
            )
        buttons(state.SHEET, "Sheet", words=_SOURCES.__getitem__, help=_SHEET)
        buttons(state.SOLUTION, "Solution", words=str.capitalize, help=_SOLUTION)


def _sheet(choice: Choice, values: Values, count: int) -> None:
    spec = choice.norm.spec
    if exercise.is_on(choice, values):
        st.markdown(f"**{exercise.asked(choice, values)}**")
    else:
        st.markdown(f"**{spec.name}** covers {spec.covers}: {_shared(spec, count)}")
    kinds = tuple(_SHOWN) if state.is_solved() else ("x",)
    shown = buttons(state.SHOWN, "Shown", kinds, words=_SHOWN.__getitem__, label_visibility="collapsed")
    grid.show(choice, _shown(choice, values, shown), editable=shown == "x")
    if problem := st.session_state.get(state.key("problem")):
        st.error(plain(problem), icon=":material/block:")
    if not state.is_solved():
        exercise.show(choice, values)
    _boxes(choice, values)
    if choice.source is not Source.OWN and state.is_changed(choice):
        widgets.button(
            "Restore the study's sheet",
            icon=":material/undo:",
            key=state.key("restore"),
            help="Undoes all changes to this sheet and to the statistics below.",
            on_click=state.restore,
            args=(choice,),
        )


def _shared(spec: NormSpec, count: int) -> str:
    shared = " and ".join(f"one {statistic}" for statistic in spec.statistics)
    return f"these {count} values share {shared}." if count > 1 else "here that is one value."


def _shown(choice: Choice, values: Values, what: str) -> Values:
    if what == "x":
        return values
    hat = normalized(values, choice.norm, choice.groups)
    return hat if what == "hat" else scaled(hat, choice.norm, choice.gamma, choice.beta)


def _boxes(choice: Choice, values: Values) -> None:
    """The chosen cell and its value once more, for the keyboard."""
    labels = ("Image", "Channel", "Row", "Column")
    with st.container(horizontal=True, gap="small"):
        for label, size, view in zip(labels, values.shape, state.CELL, strict=True):
            places = range(1, size + 1)
            widgets.selectbox(label, places, view.value() - 1, key=view.key, on_change=take, args=(view,), width=84)
        cell = choice.cell
        place = (cell.image, cell.channel, cell.row, cell.column)
        text = exact(values[place])
        if st.session_state.get(state.key("value")) != text:
            st.session_state[state.key("value")] = text
        widgets.text_input(
            "Value x",
            text,
            key=state.key("value"),
            help="The chosen cell's input. Change it, and everything that depends on it updates.",
            on_change=_retyped,
            args=(choice,),
            width=150,
            autocomplete="off",
        )
    if not exercise.is_on(choice, values):
        st.caption("Click a value, or move with the arrow keys; type to change it.")


def _retyped(choice: Choice) -> None:
    """Callback: the chosen cell's value was changed in its box."""
    cell = choice.cell
    place = (cell.image, cell.channel, cell.row, cell.column)
    grid.change(choice.source, [(place, st.session_state[state.key("value")])])


PAGE = Page("worksheet", "Worksheet", ":material/grid_on:", _draw, state.PARTS, before=_bring_back, keep=_keep)
