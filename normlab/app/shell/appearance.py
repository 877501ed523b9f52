"""How every page looks beyond the theme: readable secondary text, no motion where none is wanted, a projector's sizes,
the system's change from light to dark; and the two tools at the top of every page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from normlab.app.shell import address, presenter, translation, watch, widgets
from normlab.app.shell.component import component
from normlab.charts.theme import BACKGROUND, FAINT, INK, MUTED, PROJECTOR_SCALE, painted

_PROJECTOR, _TOOLS = "projector-on", "page-tools"

_follow_the_theme = component(__file__)

_CONTRAST = """
[data-testid=stWidgetLabel] p {{ color: {ink}; }}
[data-testid=stCaptionContainer] {{ opacity: 1; }}
[data-testid=stCaptionContainer] :is(p, em, strong, li) {{ color: {muted}; opacity: 1; }}
"""
_CONTRAST_OF = {
    False: """
[data-testid=stButtonGroup] :is([aria-checked=true], [aria-pressed=true]):not(:disabled) p { color: #005A8E; }
.token.keyword, .token.function, .token.builtin { color: #0B5FA5 !important; }
.token.string, .token.string-interpolation > .string { color: #0B6B2E !important; }
.token.comment, .token.punctuation { color: #5F626B !important; }
.token.number, .token.boolean, .token.operator, .token.decorator { color: #9A4A00 !important; }
""",
    True: """
[data-testid=stButtonGroup] :is([aria-checked=true], [aria-pressed=true]):not(:disabled) p { color: #8AB6FF; }
[data-testid=stBaseButton-primary]:not(:disabled, :hover) { background: #2E6FE0; border-color: #2E6FE0; }
.token.keyword, .token.function, .token.builtin { color: #7DB9F7 !important; }
.token.comment { color: #A6A6A2 !important; }
[data-testid=stMultiSelect] span[title] { color: #10151C; }
""",
}
"""Streamlit's own colors of captions, grayed labels, chosen buttons and code are fainter than WCAG AA asks for."""

_STILL = """
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after {
    animation-duration: 1ms !important; animation-iteration-count: 1 !important;
    transition-duration: 1ms !important; scroll-behavior: auto !important;
  }
}
"""
_LARGE = """
html {{ font-size: calc(16px * {scale}) !important; }}
:is([data-testid=stSidebar], [data-testid=stExpandSidebarButton]) {{ display: none !important; }}
[data-testid=stMainBlockContainer] {{ padding: 4.4rem 2.5rem 40vh; }}
[data-testid=stMainBlockContainer] h1 {{ font-size: 2rem; padding: 0; }}
:is([data-testid=stCaptionContainer], [data-testid=stMetricLabel], [data-testid=stAlert]) :is(p, li) {{
  font-size: 1.3rem; line-height: 1.35;
}}
:is([data-testid=stMetricDelta], [data-testid=stSliderThumbValue]) {{ font-size: 1.3rem; }}
[data-testid=stMetricValue] {{ font-size: 1.8rem; }}
[data-testid=stMain] [data-testid=stSlider] [data-testid=stWidgetLabel] {{ margin-bottom: 0.7rem; }}
[data-testid=stMain] h4 {{ font-size: 1.5rem; }}
[data-testid=stMain]
  :is([data-testid=stMarkdown], [data-testid=stWidgetLabel]):not(:is(.st-key-page-tools, .st-key-tour) *) :is(p, li) {{
  font-size: 1.3rem;
}}
[data-testid=stMain] [data-testid=stButtonGroup] button p {{ font-size: 1.1rem; }}
[class*=st-key-figure-] [data-testid=stMarkdown] strong {{ font-size: 1.5rem; }}
[data-testid=stHorizontalBlock]:has([class*=st-key-figure-]) {{ flex-direction: column; }}
[data-testid=stHorizontalBlock]:has([class*=st-key-figure-]) > [data-testid=stColumn] {{
  width: 100%; flex: 1 1 auto;
}}
[class*=st-key-figure-] {{ min-height: calc(100vh - 5rem); }}
"""
"""One picture fills the screen, its sentence below; letters of 28 pixels of 1080. Page Down leads to the next."""

_THUMB = """
@media (max-width: 640px) {{
  [data-testid=stSidebar][data-collapsed=false] {{
    position: fixed !important; inset: auto 0 0 !important; height: 46dvh !important;
    width: 100% !important; min-width: 100% !important; max-width: none !important;
    border-top: 1px solid {edge}; border-radius: 1rem 1rem 0 0; box-shadow: 0 -4px 24px rgb(0 0 0 / 25%);
    overflow: hidden;
  }}
  [data-testid=stSidebarContent] {{ width: 100% !important; height: 100% !important; }}
  [data-testid=stSidebarHeader] {{ height: 3rem; padding: 0 0.5rem; margin: 0; justify-content: flex-end; }}
  [data-testid=stSidebarHeader] :is(a, img, [data-testid=stLogoLink]) {{ display: none; }}
  [data-testid=stSidebarNav] {{ margin: -3rem 3.5rem 0 0; padding: 0; min-height: 3rem; }}
  [data-testid=stSidebarNav] ul {{ display: flex; overflow-x: auto; padding: 0 0.5rem; }}
  [data-testid=stSidebarNav] a {{ min-height: 2.75rem; white-space: nowrap; }}
  [data-testid=stSidebarUserContent] {{ padding-top: 0.5rem; }}
  [data-testid=stApp]:has([data-testid=stSidebar][data-collapsed=false]) [data-testid=stMainBlockContainer] {{
    padding-bottom: 50dvh;
  }}
  :is(button, [role=radio], summary, input):not([data-testid=stTooltipIcon] *, [type=range]),
  :is([data-baseweb=select] > div, [data-baseweb=checkbox]) {{ min-height: 2.75rem; min-width: 2.75rem; }}
  [data-testid=stTooltipIcon] button {{ position: relative; }}
  :is([data-testid=stTooltipIcon] button, [data-testid=stSlider] [role=slider])::after {{
    content: ""; position: absolute; inset: -14px;
  }}
}}
"""
"""On a phone the settings are a sheet below, so that one sees above it what they do; a thumb finds what it means."""
_MATHS = """
.katex .base { margin-block: 0.2em; }
"""
"""Fractions in a formula that breaks over several lines must not touch."""

_PLACE = f"""
.st-key-{_TOOLS} {{ position: fixed; top: 0.45rem; right: 1rem; z-index: 999991; width: auto; }}
@media (max-width: 640px) {{ .st-key-{_PROJECTOR} {{ display: none; }} }}
"""
_TIGHT = """
@media (min-width: {below}px) and (max-width: {unnamed}px) {{
  .st-key-{projector} [data-testid=stWidgetLabel] > div:first-child {{ display: none; }}
}}
@media (min-width: 768px) and (max-width: {below}px) {{
  .st-key-{tools} {{
    top: auto; bottom: 0.5rem; padding: 0.25rem 0.75rem;
    background: {paper}; border: 1px solid {edge}; border-radius: 2rem;
  }}
}}
"""
"""Where the links to the pages leave the tools no room beside them, the toggle loses its name, or both go below."""

_ROOM = {False: (1405, 1335), True: (1825, 1695)}
"""For usual and for a projector's sizes: pixels of the page's width."""


def paint(part: Any) -> Any:
    """What names roles of colors, with those that they have on the page as it is: light or dark."""
    return painted(part, dark=is_dark())


def is_dark() -> bool:
    """Whether the browser shows a dark page, as far as it has told."""
    return st.context.theme.type == "dark"


def is_phone() -> bool:
    """Whether the browser says that it is a phone's: a guess, for places that are reserved before a style has come."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def style() -> None:
    """Before the page: one element, always, that takes no room."""
    dark = is_dark()
    is_large = address.is_large()
    unnamed, below = _ROOM[is_large]
    tight = _TIGHT.format(
        unnamed=unnamed, below=below, projector=_PROJECTOR, tools=_TOOLS, paper=paint(BACKGROUND), edge=paint(FAINT)
    )
    contrast, thumb = _CONTRAST.format(ink=paint(INK), muted=paint(MUTED)), _THUMB.format(edge=paint(FAINT))
    parts = [contrast, _CONTRAST_OF[dark], _STILL, _MATHS, _PLACE, tight, thumb]
    if is_large:
        parts.append(_LARGE.format(scale=PROJECTOR_SCALE))
    st.html(f"<style>{''.join(parts)}</style>")


@contextmanager
def tools() -> Iterator[None]:
    """After the page, so that they shift nothing: around what stands at the top right of every page, sizes first."""
    with st.container(key=_TOOLS, horizontal=True, width="content", vertical_alignment="center", gap="medium"):
        st.session_state[_PROJECTOR] = address.is_large()
        widgets.toggle(
            "Projector",
            key=_PROJECTOR,
            on_change=_switched,
            help="Sizes that read from the back of a room; the address says so too.",
        )
        yield


def guard() -> None:
    """Behind everything: what keeps a page alive, and as dark as the system is."""
    drawn = "dark" if is_dark() else "light"
    translation.survive()
    _follow_the_theme(key="theme", data={"drawn": drawn}, on_changed_change=address.acknowledge)
    watch.over()
    presenter.listen()


def _switched() -> None:
    """Callback of the toggle."""
    address.switch_projector(st.session_state[_PROJECTOR])
