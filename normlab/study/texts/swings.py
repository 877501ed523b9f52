"""What is known of the swing of BN + L1 + L2, in sentences: each number computed from the result files."""

import statistics

from normlab.labels import seeds_text
from normlab.numerals import number
from normlab.study.claims.carriers import Carrier, carriers, depth
from normlab.study.results.measured import Results
from normlab.study.results.mechanisms import BASE, Row, mean_of, of_epochs, rows


def headline(results: Results) -> str:
    """The answer in short; "" while nothing is measured."""
    base, whole = _row(results, BASE), _carrier(results, "The remembered statistics")
    if base is None or whole is None or whole.share is None:
        return ""
    return (
        f"With the statistics that BatchNorm remembers, test accuracy is {number(base.running)} % on average and "
        f"swings by ±{number(base.swing)} points. With the batch's own, the same weights score {number(base.batch)} %, "
        f"±{number(base.batch_swing)}. So memory makes {number(100 * whole.share.mean, 0)} % of the swing's variance."
    )


def numbers(results: Results) -> str:
    """What it is measured over, and what is called the deficit."""
    base = _row(results, BASE)
    if base is None:
        return ""
    return (
        f"{seeds_text(base.seeds)}; the lowest check is {number(base.lowest)} %. The *deficit*, accuracy with the "
        f"batch's statistics minus accuracy with remembered ones, is {number(base.deficit)} points on average."
    )


def insights(results: Results) -> list[str]:
    """What is worth knowing of the mechanisms, a sentence or two each."""
    return [text for text in (_lag(results), _depth(results), _quiet(results), _group_norm(results)) if text]


def _lag(results: Results) -> str:
    lag = _carrier(results, "Memory lags behind the weights")
    if lag is None or lag.share is None:
        return ""
    return (
        f"**Lag.** 50 batches passed forward through the frozen network give back {lag.share.text} of the deficit. "
        "Nothing is learned in them; memory only catches up with the weights."
    )


def _depth(results: Results) -> str:
    shares = depth(results)
    if not shares:
        return ""
    best = max(range(len(shares)), key=lambda place: shares[place].mean)
    percents = ", ".join(number(100 * one.mean, 0) for one in shares)
    overlap = " The shares overlap: they add up to more than 100 %." if sum(one.mean for one in shares) > 1 else ""
    return (
        f"**Depth.** Batch statistics in block {best + 1} alone give back {shares[best].text}. Each block alone, from "
        f"the first to the last: {percents} %.{overlap}"
    )


def _quiet(results: Results) -> str:
    """Whether channels of low variance carry more than the share of channels that they are."""
    low = _carrier(results, "Channels that hardly vary")
    count = of_epochs(results, BASE, mean_of(lambda one: one["low_variance_share"]))
    if low is None or low.share is None or not count:
        return ""
    return (
        f"**Channels that hardly vary** carry {low.share.text}; they are "
        f"{number(statistics.fmean(count.values()), 0)} % of all channels."
    )


def _group_norm(results: Results) -> str:
    base, other = _row(results, BASE), _row(results, "group-norm")
    if base is None or other is None:
        return ""
    return (
        "**GroupNorm** remembers nothing, so it has no deficit by definition. Its own accuracy is "
        f"{number(other.running)} % (±{number(other.swing)} points); BatchNorm's with the batch's statistics is "
        f"{number(base.batch)} %."
    )


def _row(results: Results, name: str) -> Row | None:
    return next((row for row in rows(results) if row.name == name), None)


def _carrier(results: Results, name: str) -> Carrier | None:
    return next((one for one in carriers(results) if one.mechanism.name == name), None)
