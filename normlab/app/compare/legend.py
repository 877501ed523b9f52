"""What is compared, in a line an arm, and what stands in the way of a fair comparison."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from normlab.app.shell import address, appearance, links
from normlab.app.shell.words import word
from normlab.charts.theme import run_colors
from normlab.frames import Group
from normlab.labels import seeds_named
from normlab.store import representative
from normlab.titles import arm_title

_LIST = "display:flex;flex-wrap:wrap;gap:6px 22px;font-size:{letters};line-height:1.5"
_MARK = "display:inline-block;width:0.75em;height:0.75em;border-radius:50%;margin-right:0.45em"


def colors(shown: Sequence[Group]) -> dict[str, str]:
    """A color an arm, the same in every section and whichever is the reference."""
    configs = [replace(group.arm.config, seed=group.arm.seed or 0) for group in shown]
    return dict(zip((group.label for group in shown), run_colors(configs), strict=True))


def show(shown: Sequence[Group]) -> None:
    """Draw the arms with their seeds and a link into the lab, and sentences on what is missing or does not compare."""
    palette = appearance.paint(colors(shown))
    style = _LIST.format(letters="1.3rem" if address.is_large() else "0.9rem")
    st.html(f'<div style="{style}">{"".join(_head(group, palette[group.label]) for group in shown)}</div>')
    for text in obstacles(shown):
        st.warning(text, icon=":material/balance:")


def _head(group: Group, color: str) -> str:
    config = representative(group.runs).config if group.runs else group.arm.config
    lab = escape(links.to_lab(config))
    link = f'<a href="{lab}" target="_blank" style="color:inherit" title="This run in the lab">lab ↗</a>'
    seeds = escape(arm_title(group.arm.config)) if group.arm.seed is not None else _seeds(group)
    mark = f'<span aria-hidden="true" style="{_MARK};background:{color}"></span>'
    name = escape(group.label)
    return f'<span>{mark}<strong>{name}</strong> · <span style="opacity:0.75">{seeds}</span> · {link}</span>'


def _seeds(group: Group) -> str:
    numbers = sorted(run.config.seed for run in group.runs)
    return seeds_named(numbers) if numbers else "no finished run"


def obstacles(shown: Sequence[Group]) -> list[str]:
    """A sentence for each thing that keeps the arms from a fair comparison."""
    told = []
    datasets = list(dict.fromkeys(group.arm.config.data.dataset for group in shown))
    if len(datasets) > 1:
        names = ", ".join(word(dataset) for dataset in datasets)
        told.append(
            f"Different data sets ({names}): a difference says which data set is harder, not which settings are better."
        )
    for group in shown:
        if group.arm.diverged:
            which = ", ".join(map(str, group.arm.diverged))
            kept = (
                "and counts as failed: test accuracy at chance, no other number"
                if group.runs
                else "so there is nothing to compare"
            )
            told.append(f"{group.label}: seed {which} diverged, {kept}.")
        if (missing := len(group.arm.seeds) - len(group.runs)) > 0:
            told.append(f"{group.label}: {missing} of its runs cannot be read; `normlab verify` says why.")
    return told
