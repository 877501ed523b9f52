"""What a browser remembers of the widgets it shows: it sends the state of all of them with every request."""

from typing import Any

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState

Value = str | float | bool | list[str] | list[float] | None

_FIELDS = {
    "button_group": "string_array_value",
    "checkbox": "bool_value",
    "text_input": "string_value",
    "selectbox": "string_value",
    "select_slider": "string_array_value",
    "slider": "double_array_value",
}


def inner(element: Element) -> Any:
    """The message of the element's own kind."""
    return getattr(element, str(element.WhichOneof("type")))


def kind_of(element: Element) -> str:
    """The element's own kind; a slider with options is a select slider."""
    kind = str(element.WhichOneof("type"))
    return "select_slider" if kind == "slider" and element.slider.options else kind


def is_widget(element: Element) -> bool:
    return kind_of(element) in {*_FIELDS, "button"}


def initial(element: Element) -> Value:
    """The value that a widget starts with, unless the app sets one."""
    widget = inner(element)
    match kind_of(element):
        case "button_group":
            return [widget.options[place].content for place in widget.default]
        case "select_slider":
            return [widget.options[int(place)] for place in widget.default]
        case "slider":
            return [*widget.default]
        case "selectbox":
            return widget.options[widget.default] if widget.HasField("default") else None
        case _:
            return _present(widget, "default")


def dictated(element: Element) -> Value:
    """The value that the app sets."""
    widget = inner(element)
    match kind_of(element):
        case "button_group":
            return [*widget.raw_values]
        case "select_slider":
            return [*widget.raw_value]
        case "slider":
            return [*widget.value]
        case "selectbox":
            return str(widget.raw_value) if widget.HasField("raw_value") else None
        case _:
            return _present(widget, "value")


def _present(widget: Any, name: str) -> Value:
    """The field's value; None where it may be missing and is."""
    is_missing = widget.DESCRIPTOR.fields_by_name[name].has_presence and not widget.HasField(name)
    return None if is_missing else getattr(widget, name)


class Widgets:
    """The values of the widgets, by id."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, Value]] = {}

    def see(self, element: Element) -> None:
        """Take in a widget as the app draws it."""
        kind = kind_of(element)
        if kind not in _FIELDS:
            return
        widget = inner(element)
        if widget.set_value:
            self._values[widget.id] = kind, dictated(element)
        else:
            self._values.setdefault(widget.id, (kind, initial(element)))

    def change(self, element: Element, value: Value) -> None:
        kind = kind_of(element)
        typed = f"{value:g}" if kind == "text_input" and isinstance(value, float) else value
        self._values[inner(element).id] = kind, typed

    def keep(self, shown: set[str]) -> None:
        """Forget the widgets that are not on the page any more."""
        self._values = {name: known for name, known in self._values.items() if name in shown}

    def states(self) -> list[WidgetState]:
        return [_state(name, kind, value) for name, (kind, value) in self._values.items()]


def pressed(element: Element) -> WidgetState:
    """A button's state as it is clicked."""
    return WidgetState(id=inner(element).id, trigger_value=True)


def _state(name: str, kind: str, value: Value) -> WidgetState:
    state = WidgetState(id=name)
    if isinstance(value, list):
        getattr(state, _FIELDS[kind]).data.extend(value)
    elif value is not None:
        setattr(state, _FIELDS[kind], value)
    return state
