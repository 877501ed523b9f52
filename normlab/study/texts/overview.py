"""docs/overview.md: what came out, in words for students, each number taken from what ships."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from normlab.compare import Finding
from normlab.labels import seeds_text
from normlab.norms import SPECS, Channels, NormSpec
from normlab.numerals import number
from normlab.study.claims.judging import (
    DROPOUT_CHANGES,
    NORM_CHANGES,
    PENALTY_CHANGES,
    Technique,
    effects,
    judge,
)
from normlab.study.claims.statements import CLAIMS, arm_name
from normlab.study.plan.grids import LESSON, PARTS
from normlab.study.results.curves import last_epochs
from normlab.study.results.measured import EVERY, Results
from normlab.study.texts import question, swings
from normlab.study.texts.contrasts import NOT_YET, effect, judged
from normlab.study.texts.findings import Cells, carried_table
from normlab.study.texts.pictures import Picture
from normlab.templates import flowing, render
from normlab.worksheet import checked

FOLDER = "images/findings"
"""Beside the text."""

_TECHNIQUES = (
    *NORM_CHANGES[:3],
    *(one for one in PENALTY_CHANGES if one.without in ("none/none", "bn/none")),
)


def section(results: Results, pictures: Sequence[Picture]) -> str:
    """The section, without its marks."""

    def drawn(kind: str) -> list[Picture]:
        return [picture for picture in pictures if picture.name.startswith(kind)]

    trained = [name for name in ("lesson", "digits", "mnist-2k", "study") if _is_trained(name, results)]
    columns = {part: effects(_TECHNIQUES, part, results) for part in trained}
    text = render(
        __package__,
        "overview.md",
        folder=FOLDER,
        norms=[_norm(spec) for spec in SPECS.values()],
        sheet=checked(),
        shared=_shared(trained, results),
        columns=[f"{EVERY[part].title} ({_seeds(part, results)})" for part in trained],
        changes=_changes(columns, results) if trained else [],
        parts=[_in_words(part, found, results) for part, found in columns.items() if any(found)],
        untrained=[part.title for part in PARTS if not _is_trained(part.name, results)],
        question=question.section(results),
        curves=drawn("curves-"),
        last_epochs=_last_epochs(results),
        seeds=[(picture, *_of_seeds(picture, results)) for picture in drawn("seeds-")],
        claims=[(claim.says, claim.by, f"**{judge(claim, results).answer}**") for claim in CLAIMS],
        swing={
            "headline": swings.headline(results),
            "numbers": swings.numbers(results),
            "insights": swings.insights(results),
        },
        mechanisms=drawn("mechanisms"),
        carried=carried_table(results),
        mistakes=drawn("mistakes-"),
    )
    return flowing(text)


_OVER = {
    Channels.ALL: ("image", "C·H·W"),
    Channels.GROUP: ("image and group of channels", "(C/groups)·H·W"),
    Channels.ONE: ("image and channel", "H·W"),
}


def _norm(spec: NormSpec) -> Cells:
    """Its line in the table of norms."""
    each, count = ("channel", "N·H·W") if spec.over_images else _OVER[spec.channels]
    learned = "γ and β" if spec.has_beta else "γ"
    tested = "*remembered* averages of training batches" if spec.remembers else "as in training"
    return spec.name, " and ".join(spec.statistics), f"each {each}", f"{count} values", learned, tested


def _shared(parts: Sequence[str], results: Results) -> list[tuple[str, str, int]]:
    """Which columns are partly the same runs, and how many these are."""
    return [
        (EVERY[one].title, EVERY[other].title, count)
        for one, other in combinations(parts, 2)
        if (count := results.shared(one, other))
    ]


def _changes(columns: Mapping[str, Sequence[Finding | None]], results: Results) -> list[Cells]:
    """A row a technique, a column a part."""
    rows = zip(*columns.values(), strict=True)
    dropout = DROPOUT_CHANGES[:2]
    return [
        *([one.name, *map(effect, row)] for one, row in zip(_TECHNIQUES, rows, strict=True)),
        *(
            [one.name, *(effect(finding) if part == LESSON.name else "–" for part in columns)]
            for one, finding in zip(dropout, effects(dropout, LESSON.name, results), strict=True)
        ),
    ]


def _in_words(part: str, found: Sequence[Finding | None], results: Results) -> dict[str, object]:
    """What a column says: what is decided, how much is not, and which arms have seeds that failed."""
    known = [(one, finding) for one, finding in zip(_TECHNIQUES, found, strict=True) if finding is not None]
    decided = [_decided(one, finding) for one, finding in known if finding.is_decided or finding.is_equivalent]
    failures = {arm.name: results.failures(part, arm.name) for arm in EVERY[part].arms()}
    return {
        "title": EVERY[part].title,
        "count": len(known),
        "decided": decided,
        "open": len(known) - len(decided),
        "failed": [f"{arm_name(arm)}: {share.text}" for arm, share in failures.items() if share.count],
    }


def _decided(technique: Technique, finding: Finding) -> str:
    return f"{technique.name}: {judged(finding)}"


def _is_trained(part: str, results: Results) -> bool:
    return any(results.seeds(part, arm.name) for arm in EVERY[part].arms())


def _seeds(part: str, results: Results) -> str:
    """Of the arms that are there: "3 seeds", "1 to 3 seeds"."""
    counts = {len(results.seeds(part, arm.name)) for arm in EVERY[part].arms()} - {0}
    fewest, most = min(counts), max(counts)
    return f"{fewest} to {seeds_text(most)}" if fewest < most else seeds_text(most)


def _last_epochs(results: Results) -> list[Cells]:
    rows: list[Cells] = []
    for row in last_epochs(results):
        spread = "" if row.spread is None else f" ± {number(row.spread)}"
        ours = NOT_YET if row.mean is None else f"{number(row.mean)}{spread} ({seeds_text(row.seeds)})"
        rows.append((row.name, number(row.study), _span(row.study_range), ours, _span(row.range)))
    return rows


def _span(limits: tuple[float, float] | None) -> str:
    return "–" if limits is None else f"{number(limits[0])} to {number(limits[1])}"


def _of_seeds(picture: Picture, results: Results) -> tuple[str, bool]:
    """The title of the part whose seeds a picture shows, and whether any of them failed."""
    part = EVERY[picture.name.removeprefix("seeds-")]
    return part.title, any(results.failed(part.name, arm.name) for arm in part.arms())
