"""What happened, in one sentence that is computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from normlab.app.stress.networks import Network
from normlab.app.stress.results import Look
from normlab.choices import Dataset, Statistics
from normlab.config import ModelConfig
from normlab.numerals import short, signed
from normlab.stresses import Composition, Neighbors, Stress

STATISTICS = {
    Statistics.RUNNING: "remembered",
    Statistics.BATCH: "this batch",
    Statistics.REESTIMATED: "re-estimated",
}
COMPOSITIONS = {
    Composition.MIXED: "mixed",
    Composition.SORTED: "sorted",
    Composition.ONE_CLASS: "of one class",
    Composition.AMONG: "around one image",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a network: medians over its seeds of the accuracy (%) as trained and now, and how many answers
    of any seed changed at most."""

    name: str
    before: float
    now: float
    changed: int


def changes(networks: Sequence[Network], look: Look, stress: Stress) -> list[Change]:
    """Of the networks of which something is known, in order."""
    found = []
    for network in networks:
        if known := look.of(network):
            before, now = (100 * median(seen.right for seen in each) / look.images for each in zip(*known, strict=True))
            most = max(now.changed for _, now in known)
            found.append(Change(network_name(network, stress), before, now, most))
    return found


def sentence(found: Sequence[Change]) -> str:
    """ "BN, remembered: 98 → 39 %; no norm: 97 → 91 %; LN, GN and RMS: unchanged." The largest change first."""
    moved = sorted((one for one in found if one.changed), key=lambda one: -abs(one.before - one.now))
    same = [one.name for one in found if not one.changed]
    parts = [f"{one.name}: {_span(one.before, one.now)}" for one in moved]
    if same:
        parts.append(f"{_listed(same)}: unchanged")
    return f"{'; '.join(parts)}." if parts else ""


def among(name: str, others: Sequence[str], answers: Sequence[tuple[str, Sequence[str | None]]]) -> str:
    """ "The same 3. BN, this batch: “0” among its own class, “3” among all; LN: “3” both times." `name` is the
    image's class, `others` the two neighborhoods, `answers` each network's name and answers there."""
    known = [(network, found) for network, found in answers if None not in found]
    moved = [
        f"{network}: {', '.join(f'“{answer}” {where}' for answer, where in zip(found, others, strict=True))}"
        for network, found in known
        if len(set(found)) > 1
    ]
    same: dict[str, list[str]] = {}
    for network, found in known:
        if len(set(found)) == 1:
            same.setdefault(str(found[0]), []).append(network)
    parts = [*moved, *(f"{_listed(networks)}: “{answer}” both times" for answer, networks in same.items())]
    return f"The same {name}. {'; '.join(parts)}." if parts else ""


def neighborhood(neighbors: Neighbors, dataset: Dataset) -> str:
    """Among whom an image is."""
    match neighbors:
        case Neighbors.OWN:
            return "among its own class"
        case Neighbors.MIXED:
            return "among all classes"
        case _:
            return f"among “{dataset.spec.labels[int(neighbors)]}” only"


def done(stress: Stress, networks: Sequence[Network]) -> str:
    """What is done, in a few words: "contrast × 0.3, dropout left on"; "" where that is nothing."""
    words = []
    if stress.contrast != 1:
        words.append(f"contrast × {short(stress.contrast)}")
    if stress.raw_contrast != 1:
        words.append(f"raw pixels × {short(stress.raw_contrast)}")
    if stress.raw_brightness:
        words.append(f"raw pixels {signed(stress.raw_brightness, 1)}")
    if stress.weight_scale != 1:
        words.append(f"convolution weights × {short(stress.weight_scale)}{', repaired' if stress.repaired else ''}")
    if stress.statistics is Statistics.BATCH and any(network.model.remembers for network in networks):
        images = "1 image" if stress.test_batch == 1 else f"{stress.test_batch} images"
        if stress.composition is Composition.AMONG:
            words.append(f"batch of {images} around image {stress.image}")
        else:
            words.append(f"batches of {images}, {COMPOSITIONS[stress.composition]}")
    if stress.statistics is Statistics.REESTIMATED and any(network.model.remembers for network in networks):
        words.append("statistics measured again")
    if stress.test_dropout and any(network.model.dropout for network in networks):
        words.append("dropout left on")
    return ", ".join(words)


def network_name(network: Network, stress: Stress) -> str:
    """ "BN, remembered": its label, and the statistics that it uses if it has a choice."""
    return f"{network.label}, {STATISTICS[_used(network.model, stress)]}" if network.model.remembers else network.label


def _used(model: ModelConfig, stress: Stress) -> Statistics:
    return stress.effective(model).statistics


def _span(before: float, now: float) -> str:
    """In whole percent, or to a tenth where that is the same."""
    digits = 0 if f"{before:.0f}" != f"{now:.0f}" else 1
    return f"{before:.{digits}f} → {now:.{digits}f} %"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
