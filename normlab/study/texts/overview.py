"""docs/overview.md: what came out, in words for students, each number taken from what ships."""

from collections.abc import Sequence
from itertools import combinations

from normlab.compare import Finding
from normlab.labels import seeds_text
from normlab.norms import SPECS, Channels, NormSpec
from normlab.numerals import number
from normlab.study.claims.judging import DROPOUT_CHANGES, NORM_CHANGES, PENALTY_CHANGES, Technique, effects, judge
from normlab.study.claims.statements import CLAIMS, arm_name
from normlab.study.plan.grids import LESSON, PARTS
from normlab.study.results.curves import last_epochs
from normlab.study.results.measured import EVERY, Results
from normlab.study.texts import headline, swings
from normlab.study.texts.findings import carried_table
from normlab.study.texts.markdown import NOT_YET, effect, flowing, judged, table
from normlab.study.texts.pictures import Picture
from normlab.worksheet import checked

FOLDER = "images/findings"
"""Beside the text."""

_HEAD = """\
Written by `normlab study findings` from the runs that ship; [findings.md](findings.md) has every table,
also of effects that did not appear. **How to read it:** one run proves nothing, because another *seed* (other random
starting weights, another order of the images) gives another network. So settings are compared by all of their seeds:
a difference is the median of the differences between a seed of one and a seed of the other, and it comes with an
interval. If the whole thing were done again and again, 95 of 100 such intervals would hold the true difference. Three
seeds each can never decide a single difference ([how normlab compares](statistics.md)). The intervals do not
cover the choice of the test images: about half a point on `digits`, 0.1 on MNIST. A *point* is one percent of the test
images.
"""
_SHEET = """\
## The normalization sheet: which values share a mean?

A norm subtracts a mean from a value and divides by a standard deviation; then it scales by γ and shifts by β. One that
only takes the mean square subtracts nothing, and divides by its root. Norms differ above all in *which values* are
measured together. In a batch of N images with C channels of H × W values:

{table}

The [Worksheet](http://localhost:8501/worksheet) lets you click a value and see whom it shares them with."""
_IDEAS = """\
BatchNorm brings every channel to mean 0 and spread 1, before its γ and β, whatever the weights in front of it do, so
the network bears larger steps; but in a test it relies on remembered statistics. L1 pulls every weight towards 0 with
the same force, however small it is. Many weights end up close to 0, but hardly any *at* 0: the usual step overshoots
it, and only the proximal step gives exact zeros. L2 pulls a weight in proportion to its size: it makes
large weights smaller and spares small ones. Where a norm follows, the size of the weights does not matter to the
output; that L2 then acts by letting small weights turn faster is a hypothesis, which nothing here tests. Dropout
sets random activations to 0 while learning; the idea is that no unit should rely on a single other one.
"""


def section(results: Results, pictures: Sequence[Picture]) -> str:
    """The section, without its marks."""
    named = {picture.name: picture for picture in pictures}
    parts = [
        _HEAD,
        _sheet(),
        _techniques(results),
        headline.section(results),
        _graphs(results, named),
        _claims(results),
        _swings(results, named),
        _mistakes(named),
    ]
    return flowing("\n\n".join(parts))


_OVER = {
    Channels.ALL: ("image", "C·H·W"),
    Channels.GROUP: ("image and group of channels", "(C/groups)·H·W"),
    Channels.ONE: ("image and channel", "H·W"),
}


def _norm(spec: NormSpec) -> list[str]:
    """Its line in the table of norms."""
    each, count = ("channel", "N·H·W") if spec.over_images else _OVER[spec.channels]
    learned = "γ and β" if spec.has_beta else "γ"
    tested = "*remembered* averages of training batches" if spec.remembers else "as in training"
    return [spec.name, " and ".join(spec.statistics), f"each {each}", f"{count} values", learned, tested]


def _sheet() -> str:
    found = checked()
    heads = ("norm", "measures", "for", "over", "learns", "when the network is tested")
    rows = table(heads, [_norm(spec) for spec in SPECS.values()])
    return (
        f"{_SHEET.format(table=rows)} It also checks what the study's spreadsheet says. Of the {found.count} "
        f"statistics published for its first layer, {found.wrong} are wrong. {' '.join(found.causes)}"
    )


def _techniques(results: Results) -> str:
    parts = [name for name in ("lesson", "digits", "mnist-2k", "study") if _is_there(name, results)]
    told = [
        "## What each technique did",
        _IDEAS.strip(),
        "Change of the test accuracy in points, with its interval (95 %; of three seeds 90 %); **bold** where the "
        "seeds decide it, ≈ where it is shown not to matter (±0.5 points on `digits`, 0.2 with 2,000 "
        "images of MNIST, 0.1 in the study's recipe). All differences of a column count as one family (Holm): of "
        "twenty, one would seem real by chance. Columns "
        f"differ in recipe and in λ. {_shared(parts, results)}",
        *(_changes(parts, results) if parts else ()),
    ]
    missing = [part.title for part in PARTS if not _is_there(part.name, results)]
    if missing:
        told.append(f"Not trained yet: {'; '.join(missing)}.")
    return "\n\n".join(told)


def _shared(parts: Sequence[str], results: Results) -> str:
    """Which columns are partly the same runs."""
    told = [
        f"*{EVERY[one].title}* and *{EVERY[other].title}* have {count} runs in common: these confirm nothing twice."
        for one, other in combinations(parts, 2)
        if (count := results.shared(one, other))
    ]
    return " ".join(told)


def _changes(parts: Sequence[str], results: Results) -> list[str]:
    """The table, a column a part, and each column in words."""
    techniques = [*NORM_CHANGES[:3], *(one for one in PENALTY_CHANGES if one.without in ("none/none", "bn/none"))]
    columns = [effects(techniques, part, results) for part in parts]
    rows = [[one.name, *map(effect, row)] for one, row in zip(techniques, zip(*columns, strict=True), strict=True)]
    dropout = effects(DROPOUT_CHANGES, LESSON.name, results)
    rows += [
        [one.name, *(effect(finding) if part == LESSON.name else "–" for part in parts)]
        for one, finding in zip(DROPOUT_CHANGES[:2], dropout, strict=False)
    ]
    head = ("change", *(f"{EVERY[part].title} ({_seeds(part, results)})" for part in parts))
    words = [_in_words(part, techniques, column) for part, column in zip(parts, columns, strict=True)]
    words = [f"{text}{_failures(part, results)}" for part, text in zip(parts, words, strict=True) if text]
    return [table(head, rows), *words]


def _failures(part: str, results: Results) -> str:
    """Which arms have seeds that failed; "" if none has."""
    failed = {arm.name: results.failures(part, arm.name) for arm in EVERY[part].arms()}
    told = [f"{arm_name(arm)}: {share.text}" for arm, share in failed.items() if share.count]
    return f" Seeds that failed: {'; '.join(told)}." if told else ""


def _is_there(part: str, results: Results) -> bool:
    return any(results.seeds(part, arm.name) for arm in EVERY[part].arms())


def _seeds(part: str, results: Results) -> str:
    """Of the arms that are there: "3 seeds", "1 to 3 seeds"."""
    counts = {len(results.seeds(part, arm.name)) for arm in EVERY[part].arms()} - {0}
    fewest, most = min(counts), max(counts)
    return f"{fewest} to {seeds_text(most)}" if fewest < most else seeds_text(most)


def _in_words(part: str, techniques: Sequence[Technique], found: Sequence[Finding | None]) -> str:
    """What a column says, in sentences: what is resolved, and how much is not."""
    known = [(one, finding) for one, finding in zip(techniques, found, strict=True) if finding is not None]
    if not known:
        return ""
    clear = [(one, f) for one, f in known if f.is_decided or f.is_equivalent]
    rest = len(known) - len(clear)
    title = f"**{EVERY[part].title}.**"
    if not clear:
        return f"{title} None of these {len(known)} differences is decided: what looks like an effect may be chance."
    told = "; ".join(f"{one.name}: {judged(finding)}" for one, finding in clear)
    return f"{title} {told}. {rest} of the {len(known)} differences are not decided." if rest else f"{title} {told}."


def _graphs(results: Results, named: dict[str, Picture]) -> str:
    told = [
        "## The graphs",
        "Test accuracy of the study's three experiments on MNIST: its own single run in black, ours in color.",
    ]
    curves = [picture for name, picture in named.items() if name.startswith("curves-")]
    told.append(_side_by_side(curves))
    rows: list[list[str]] = []
    for row in last_epochs(results):
        spread = "" if row.spread is None else f" ± {number(row.spread)}"
        ours = NOT_YET if row.mean is None else f"{number(row.mean)}{spread} ({seeds_text(row.seeds)})"
        rows.append([row.name, number(row.study), _span(row.study_range), ours, _span(row.range)])
    head = ("experiment", "study, last epoch", "its epochs", "ours, last epoch (mean ± SD)", "our epochs")
    told.append(table(head, rows))
    for name, picture in named.items():
        if name.startswith("seeds-"):
            part = EVERY[name.removeprefix("seeds-")]
            has_failed = any(results.failed(part.name, arm.name) for arm in part.arms())
            cross = ", ✕ for one that failed" if has_failed else ""
            told.append(f"{part.title}: test accuracy in %, a dot a seed{cross}, a bar at the median of each arm.")
            told.append(_image(picture))
    return "\n\n".join(told)


def _span(limits: tuple[float, float] | None) -> str:
    return "–" if limits is None else f"{number(limits[0])} to {number(limits[1])}"


def _image(picture: Picture, width: str = "") -> str:
    sized = f' width="{width}"' if width else ""
    return f'<img src="{FOLDER}/{picture.name}.svg" alt="{picture.alt}"{sized}>'


def _side_by_side(pictures: Sequence[Picture]) -> str:
    return "\n".join(_image(picture, "32%") for picture in pictures)


def _claims(results: Results) -> str:
    rows = [[claim.says, claim.by, f"**{judge(claim, results).answer}**"] for claim in CLAIMS]
    told = (
        "Each as questions to the seeds of the study's own recipe, with all norms together where it speaks of all of "
        "them. *Open*: what the seeds show may be chance."
    )
    return f"## The study's claims\n\n{told}\n\n{table(('statement', 'by', 'verdict'), rows)}"


def _swings(results: Results, named: dict[str, Picture]) -> str:
    told = [
        "## Why BN + L1 + L2 swings",
        "While BatchNorm learns it uses the batch's own mean and variance; in a test it uses what it remembers of "
        "about ten batches. L1 moves the weights at every step, so what is remembered may belong to a network that "
        "is no longer there.",
    ]
    answer = swings.headline(results)
    if not answer:
        told.append("How much of the swings this explains is not measured yet: `normlab study mechanisms` does it.")
        return "\n\n".join(told)
    told += [f"**{answer}**", swings.numbers(results)]
    told.append("\n".join(f"- {text}" for text in swings.insights(results)))
    if "mechanisms" in named:
        told.append(_image(named["mechanisms"]))
    told += [
        "What happened to each mechanism that was thought of beforehand; in brackets the lowest and the highest seed:",
        carried_table(results),
    ]
    return "\n\n".join(told)


def _mistakes(named: dict[str, Picture]) -> str:
    pictures = [picture for name, picture in named.items() if name.startswith("mistakes-")]
    if not pictures:
        return ""
    told = (
        "## What the networks get wrong\n\nMisclassified test images of the study's three experiments, here on "
        "`digits`: GN + L1, LN + L2 and BN + L1 + L2, the networks of all shipped seeds together, true → predicted "
        "class, the surest mistakes first. On MNIST the Study page shows them."
    )
    credit = (
        "Images: *Optical Recognition of Handwritten Digits*, E. Alpaydin and C. Kaynak, UCI Machine Learning "
        "Repository, [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/), enlarged."
    )
    return f"{told}\n\n{_side_by_side(pictures)}\n\n{credit}"
