"""The texts of lessons: what they may hold, and as HTML that needs neither a TeX renderer nor trust.

A question's text is one paragraph of plain Unicode with `**bold**`, `*italic*`, `` `code` `` and formulas between
dollar signs. A longer text (*why*) is Markdown; raw HTML, pictures and links to anything but pages are faults.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_GREEK = (
    "alpha beta gamma delta varepsilon epsilon zeta eta theta lambda mu nu xi pi rho sigma tau phi chi psi omega "
    "Gamma Delta Theta Lambda Sigma Phi Omega"
)
_SIGNS = (
    "frac sqrt cdot times div pm le ge ne approx sim propto infty partial nabla sum bar hat Vert lVert rVert vert "
    "log ln exp max min to left right quad degree circ"
)
COMMANDS = frozenset(f"{_GREEK} {_SIGNS}".split())
"""All of TeX that a formula may use: whoever translates it knows them, and none carries an address or a style."""

_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_PLAIN = re.compile(r"[^<>&\"#%$~`@]*")
_LONGEST = 200
_PERCENT = re.compile(r"(?<=\d) %")
_PAGES = re.compile(r"/?[a-z-]*(\?[^\s<>\"]*)?")


def html(text: str) -> str:
    """A question's text as HTML: every sign of it is escaped, formulas are MathML.

    Raises:
        ValueError: if a formula is refused, with a sentence.
    """
    return str(_INLINE.renderInline(_PERCENT.sub("\u00a0%", text.strip())))


def faults(text: str, *, is_long: bool = False) -> list[str]:
    """What is wrong with a text, in sentences; with `is_long` it is Markdown."""
    parser = _LONG if is_long else _INLINE
    tokens = list(_all(parser.parse(text) if is_long else parser.parseInline(text)))
    found = [fault for token in tokens for fault in _of_token(token)]
    if not is_long and "\n\n" in text.strip():
        found.append("It must be one paragraph.")
    return list(dict.fromkeys(found))


def words(text: str) -> int:
    """How many there are; a formula is one."""
    return len(re.sub(r"\$+[^$]+\$+", "x", text).split())


def _all(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _of_token(token: Token) -> Iterator[str]:
    match token.type:
        case "html_block" | "html_inline":
            yield f"Raw HTML is not shown: {token.content.strip()[:40]}"
        case "image":
            yield "Pictures are not loaded from elsewhere; leave the ![…](…) away."
        case "link_open":
            target = str(token.attrs.get("href", ""))
            if not target.startswith(("https://", "http://")) and not _PAGES.fullmatch(target):
                yield f"The link {target[:60]} leads neither to http(s) nor to a page of the app."
        case "formula":
            if problem := _formula_fault(token.content):
                yield problem


def _formula_fault(source: str) -> str:
    """ "" if it is one that can be shown."""
    if len(source) > _LONGEST:
        return f"A formula has {len(source)} characters; {_LONGEST} are enough."
    if not _PLAIN.fullmatch(source.replace("<", "").replace(">", "")):
        return f"The formula ${source}$ has a sign that formulas here do not use."
    if unknown := [name for name in _COMMAND.findall(source) if name not in COMMANDS and name not in "{},;! |"]:
        return f"The formula ${source}$ uses \\{unknown[0]}, which is not known here."
    depth = 0
    for sign in re.sub(r"\\.", "", source):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            break
    if depth:
        return f"The formula ${source}$ has a brace too many or too few."
    try:
        convert(source)
    except Exception as error:  # the library's errors have no base of their own
        return f"The formula ${source}$ cannot be read ({type(error).__name__})."
    return ""


def _formula(state: StateInline, silent: bool) -> bool:
    """A rule of the parser: what stands between two dollar signs, with no space inside them, is a formula.

    A price, or a dollar sign alone, is none.
    """
    start = state.pos
    if state.src[start] != "$":
        return False
    end = state.src.find("$", start + 1)
    if end < 0 or end == start + 1 or state.src[start + 1].isspace() or state.src[end - 1].isspace():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = state.src[start + 1 : end]
    state.pos = end + 1
    return True


def _render_formula(self: Any, tokens: list[Token], at: int, options: Any, env: Any) -> str:
    source = tokens[at].content
    if problem := _formula_fault(source):
        raise ValueError(problem)
    return str(convert(source))


def _with_formulas(parser: MarkdownIt) -> MarkdownIt:
    parser.inline.ruler.before("backticks", "formula", _formula)
    parser.add_render_rule("formula", _render_formula)
    return parser


_INLINE = _with_formulas(MarkdownIt("zero").enable(["emphasis", "backticks"]))
_LONG = _with_formulas(MarkdownIt("commonmark"))
