"""The study's claims and what is objected to them, one by one: verdict, evidence, and a link to each comparison."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from normlab.app.shell import links
from normlab.app.shell.controls import buttons
from normlab.app.study import source
from normlab.app.study.coverage import untrained
from normlab.app.study.views import ALL, VERDICT
from normlab.compare import arm_text, sentences
from normlab.labels import seeds_text
from normlab.numerals import number
from normlab.study.claims.questions import Answer, Evidence
from normlab.study.claims.statements import OBJECTION, Verdict
from normlab.study.results.measured import EVERY
from normlab.worksheet import checked

_LOOK = {
    Answer.CONFIRMED: ("green", ":material/check_circle:"),
    Answer.CONTRADICTED: ("red", ":material/cancel:"),
    Answer.NOT_RESOLVED: ("orange", ":material/help:"),
    Answer.NOT_MEASURED: ("gray", ":material/hourglass_empty:"),
}
_HEADS = {
    Answer.CONFIRMED: "Confirmed",
    Answer.CONTRADICTED: "Contradicted",
    Answer.NOT_RESOLVED: "Open",
    Answer.NOT_MEASURED: "Not measured yet",
}
_MEANS = {Answer.NOT_RESOLVED: "This could be chance: more seeds are needed to say yes or no."}
_METHOD = (
    "Each statement becomes questions to the seeds, for all norms together if it is about all of them. Exact rank "
    "tests answer; all questions about one number in one experiment count as one family (Holm). A difference counts "
    "as none if it is shown to be smaller than the uncertainty that comes from the choice of test images alone: 0.1 "
    "points on all of MNIST, 0.5 on digits. The intervals do not cover that choice."
)
_TABLE = (
    "width:100%;min-width:680px;border-collapse:collapse;font-size:0.88rem;line-height:1.4;"
    "font-variant-numeric:tabular-nums"
)
_CELL = "padding:4px 14px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid rgba(128,128,128,0.25)"


def show() -> None:
    """Draw every claim, or those with one verdict."""
    verdicts = source.verdicts()
    counts = {answer: sum(main.answer is answer for main, _ in verdicts) for answer in Answer}
    told = ", ".join(f"{n} {_HEADS[answer].lower()}" for answer, n in counts.items() if n)
    st.markdown(f"#### Of {len(verdicts)} statements, by the study's own recipe: {told}.")
    chosen = buttons(
        VERDICT,
        "Verdict on the study's recipe",
        [ALL, *(answer for answer in Answer if counts[answer])],
        words=lambda answer: f"{_HEADS.get(answer, 'All')} ({counts.get(answer, len(verdicts))})",
        help="Shows only statements with this verdict.",
    )
    untrained(source.results(), "study")
    for answer in Answer:
        own = [(main, others) for main, others in verdicts if main.answer is answer and chosen in (ALL, answer)]
        if own:
            _group(answer, own)
    if chosen == ALL:
        _sheet()
    with st.expander("How a statement is judged", key="study-claims-method"):
        st.markdown(_METHOD)


def _group(answer: Answer, verdicts: Sequence[tuple[Verdict, Sequence[Verdict]]]) -> None:
    """The statements with one verdict, which is said once."""
    color, icon = _LOOK[answer]
    st.markdown(f"## :{color}[{icon}] {_HEADS[answer]}")
    if answer in _MEANS:
        st.caption(_MEANS[answer])
    for main, others in verdicts:
        _claim(main, others)


def _sheet() -> None:
    """The one error that is arithmetic: no seed has a say in it."""
    sheet = checked()
    with st.container(border=True):
        st.caption("The normalization sheet")
        st.markdown(f"##### {sheet.wrong} of the {sheet.count} statistics in its first layer are wrong.", anchors=False)
        st.markdown(f"{' '.join(sheet.causes)} [Worksheet ↗](./worksheet)")


def _claim(main: Verdict, others: Sequence[Verdict]) -> None:
    claim = main.claim
    with st.container(border=True):
        st.caption("Objection" if claim.by == OBJECTION else "The study says", width="content")
        st.markdown(f"##### {claim.says}", anchors=False)
        known = [verdict for verdict in (main, *others) if any(item.seeds for item in verdict.evidence)]
        if not known:
            return
        with st.expander("The numbers"):
            st.caption(claim.means)
            for verdict in known:
                where = "The study's recipe" if verdict is main else EVERY[verdict.part].title
                st.markdown(f"**{where}**: {_HEADS[verdict.answer].lower()}")
                st.html(table((*verdict.evidence, *verdict.details)))


def table(evidence: Sequence[Evidence]) -> str:
    """HTML: a row a question with its means, the difference and its interval, seeds, the answer, and a link."""
    heads = ("Question", "Answer", "Value", "Interval", "Means", "Seeds", "Look")
    head = "".join(f'<th scope="col" style="{_CELL};font-weight:600">{name}</th>' for name in heads)
    rows = "".join(f"<tr>{_row(item)}</tr>" for item in evidence)
    whole = f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="Evidence">{whole}</div>'


def _row(item: Evidence) -> str:
    unit, digits = item.question.quantity.unit, 3 if item.question.quantity.unit == "nats" else 2
    means = ", ".join(number(mean, digits) for mean in item.means) if all(item.values) else "–"
    value, interval = "–", "–"
    if item.finding is not None and item.finding.value is not None:
        failed = sentences.failures(item.finding)
        value = f"{f'{failed}<br>' if failed else ''}{sentences.signed(item.finding.value, unit)} {unit}"
        if item.finding.estimate is not None:
            interval = sentences.interval_text(item.finding.estimate, unit)
        else:
            interval = str(item.finding.verdict)
    label = f'{escape(item.question.label)}<br><span style="opacity:0.75">{escape(item.question.quantity.name)}</span>'
    seeds = seeds_text(item.seeds) if item.seeds else "–"
    answer = f"<strong>{item.answer}</strong>"
    if item.finding is not None and item.finding.is_equivalent:
        answer += f"<br>{item.finding.verdict}"
    cells = (label, answer, value, interval, means, seeds, _link(item))
    return "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)


def _link(item: Evidence) -> str:
    if not all(item.values) or item.run is None:
        return ""
    if len(item.configs) == 1:
        return link("Lab", links.to_lab(item.run), item.question.label)
    return link("Compare", links.to_compare([arm_text(config) for config in item.configs]), item.question.label)


def link(name: str, url: str, about: str) -> str:
    """HTML of a link into another page, which opens beside this one."""
    told = f'aria-label="{name}: {escape(about)}" style="white-space:nowrap;color:inherit"'
    return f'<a href="{escape(url)}" target="_blank" {told}>{name} ↗</a>'
