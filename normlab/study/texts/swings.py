"""What is known of the swing of BN + L1 + L2, in sentences: each number computed from the result files."""

import statistics

from normlab.labels import seeds_text
from normlab.numerals import number
from normlab.study.claims.carriers import carriers, depth
from normlab.study.results.measured import Results
from normlab.study.results.mechanisms import BASE, Row, Share, mean_of, of_epochs, rows
from normlab.templates import paragraphs, render


def headline(results: Results) -> str:
    """The answer in short; "" while nothing is measured."""
    base, share = _row(results, BASE), _share(results, "The remembered statistics")
    if base is None or share is None:
        return ""
    return " ".join(paragraphs(render(__package__, "swing-headline.md", base=base, share=share.mean)))


def numbers(results: Results) -> str:
    """What it is measured over, and what is called the deficit; "" while nothing is measured."""
    base = _row(results, BASE)
    if base is None:
        return ""
    return " ".join(paragraphs(render(__package__, "swing-numbers.md", base=base, seeds=seeds_text(base.seeds))))


def insights(results: Results) -> list[str]:
    """What is worth knowing of the mechanisms, a sentence or two each."""
    shares = depth(results)
    quiet = of_epochs(results, BASE, mean_of(lambda one: one["low_variance_share"]))
    text = render(
        __package__,
        "swing-insights.md",
        lag=_share(results, "Memory lags behind the weights"),
        depth=[number(100 * share.mean, 0) for share in shares],
        best=_best(shares),
        overlaps=sum(share.mean for share in shares) > 1,
        quiet=_share(results, "Channels that hardly vary") if quiet else None,
        quiet_channels=statistics.fmean(quiet.values()) if quiet else None,
        base=_row(results, BASE),
        group_norm=_row(results, "group-norm"),
    )
    return paragraphs(text)


def _best(shares: list[Share]) -> dict[str, object]:
    """The block that gives back most, and its share; empty where none is measured."""
    if not shares:
        return {}
    place = max(range(len(shares)), key=lambda at: shares[at].mean)
    return {"block": place + 1, "share": shares[place]}


def _row(results: Results, name: str) -> Row | None:
    return next((row for row in rows(results) if row.name == name), None)


def _share(results: Results, mechanism: str) -> Share | None:
    return next((one.share for one in carriers(results) if one.mechanism.name == mechanism), None)
