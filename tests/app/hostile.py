"""Text as somebody may write it into a file or an address, to see whether a page takes it for more than text."""

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

HOSTILE = (
    "[evil](http://evil.example) ![evil](http://evil.example/i.png) <b>evil</b> **evil** $evil^2$ :red[evil] "
    "www.evil.example :material/evil: `evil`"
)
"""In one line of markdown, HTML, TeX and what Streamlit adds to them; short enough to be shown whole."""

ALIVE = re.compile(
    r"(?<!\\)(\[evil|<b>evil|\*\*evil|\$evil|`evil|:red\[evil|www\.evil|:material/evil|http://evil)|^# evil",
    re.MULTILINE,
)
"""Parts of it, and of the same after a line break, where nobody has made text of them."""
_HTML = re.compile("<b>evil")

LITERAL = {
    "text_input": ("default", "value", "placeholder"),
    "text_area": ("default", "value", "placeholder"),
    "code": ("code_text",),
}
"""What the browser shows letter by letter, by kind of element; charts, tables and components have no markdown."""
_NO_MARKDOWN = {"vega_lite_chart", "arrow_data_frame", "bidi_component", "component_instance", "imgs"}


def texts(at: AppTest) -> Iterator[tuple[str, str]]:
    """Every kind of element on the page with each text that the browser reads as markdown or HTML."""
    for node in at._tree:
        proto, kind = getattr(node, "proto", None), str(getattr(node, "type", ""))
        if isinstance(proto, Message) and kind not in _NO_MARKDOWN:
            for name, text in _strings(proto):
                if name not in LITERAL.get(kind, ()):
                    yield kind, text


def _strings(proto: Message) -> Iterator[tuple[str, str]]:
    for field, value in proto.ListFields():
        for one in value if field.is_repeated else (value,):
            if isinstance(one, Message):
                yield from _strings(one)
            elif isinstance(one, str):
                yield field.name, one


def alive(at: AppTest) -> list[tuple[str, str]]:
    """Where a part of the hostile text is more than text."""
    return [
        (kind, text) for kind, text in texts(at) if (_HTML if kind == "html" else ALIVE).search(text) and "evil" in text
    ]


def shown(at: AppTest) -> str:
    """All texts as people read them."""
    return "\n".join(text.replace("\\", "").replace("\N{WORD JOINER}", "") for _, text in texts(at))


def is_only_text(at: AppTest, count: int = 1) -> Any:
    """The page shows the hostile text at least so many times, and each time as text."""
    assert not at.exception, at.exception
    assert not alive(at), alive(at)
    assert shown(at).count("evil") >= count, "it is shown at all"
    return True
