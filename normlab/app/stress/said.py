"""What happened, in one sentence that is computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from normlab.app.stress.networks import Network
from normlab.app.stress.results import Look
from normlab.choices import Statistics
from normlab.config import ModelConfig
from normlab.numerals import short, signed
from normlab.stresses import Composition, Stress

STATISTICS = {
    Statistics.RUNNING: "remembered",
    Statistics.BATCH: "this batch",
    Statistics.REESTIMATED: "re-estimated",
}
COMPOSITIONS = {
    Composition.MIXED: "mixed",
    Composition.SORTED: "sorted",
    Composition.ONE_CLASS: "of one class",
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
            found.append(Change(_name(network, stress), before, now, most))
    return found


def sentence(found: Sequence[Change]) -> str:
    """ "BN, remembered: 98 → 39 %; no norm: 97 → 91 %; LN, GN and RMS: unchanged." The largest change first."""
    moved = sorted((one for one in found if one.changed), key=lambda one: -abs(one.before - one.now))
    same = [one.name for one in found if not one.changed]
    parts = [f"{one.name}: {_span(one.before, one.now)}" for one in moved]
    if same:
        parts.append(f"{_listed(same)}: unchanged")
    return f"{'; '.join(parts)}." if parts else ""


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
        words.append(f"batches of {images}, {COMPOSITIONS[stress.composition]}")
    if stress.statistics is Statistics.REESTIMATED and any(network.model.remembers for network in networks):
        words.append("statistics measured again")
    if stress.test_dropout and any(network.model.dropout for network in networks):
        words.append("dropout left on")
    return ", ".join(words)


def _name(network: Network, stress: Stress) -> str:
    return f"{network.label}, {STATISTICS[_used(network.model, stress)]}" if network.model.remembers else network.label


def _used(model: ModelConfig, stress: Stress) -> Statistics:
    return stress.effective(model).statistics


def _span(before: float, now: float) -> str:
    """In whole percent, or to a tenth where that is the same."""
    digits = 0 if f"{before:.0f}" != f"{now:.0f}" else 1
    return f"{before:.{digits}f} → {now:.{digits}f} %"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
