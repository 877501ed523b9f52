"""Comparing settings honestly: seeds, differences with their intervals, interactions, and images that change sides.

An arm is all finished runs that are equal but for the seed; its seeds are the sample. Knows numbers and predictions,
nothing of frames, charts or the page. `contrasts` says how a difference is judged, `failures` which seeds failed,
`family` what is judged together.
"""

from normlab.compare.arms import Arm, arms, find
from normlab.compare.contrasts import (
    FEWEST_PAIRS,
    Contrast,
    Estimate,
    Kind,
    Pairing,
    Values,
    equivalence,
    estimate,
    interaction,
    median_interval,
    paired,
    pairing,
    shift,
    stratified,
    unpaired,
)
from normlab.compare.designs import Design, designs
from normlab.compare.failures import Share, failed, threshold
from normlab.compare.family import DECIDED, Finding, Verdict, findings, holm
from normlab.compare.images import Changes, McNemar, Votes, changes, disagreement, mcnemar, missed_by_all, votes
from normlab.compare.ready import READY, Ready
from normlab.compare.sentences import (
    change_sentence,
    difference_sentence,
    found_text,
    mcnemar_sentence,
    pairing_sentence,
    summary,
)

__all__ = [
    "DECIDED",
    "FEWEST_PAIRS",
    "READY",
    "Arm",
    "Changes",
    "Contrast",
    "Design",
    "Estimate",
    "Finding",
    "Kind",
    "McNemar",
    "Pairing",
    "Ready",
    "Share",
    "Values",
    "Verdict",
    "Votes",
    "arms",
    "change_sentence",
    "changes",
    "designs",
    "difference_sentence",
    "disagreement",
    "equivalence",
    "estimate",
    "failed",
    "find",
    "findings",
    "found_text",
    "holm",
    "interaction",
    "mcnemar",
    "mcnemar_sentence",
    "median_interval",
    "missed_by_all",
    "paired",
    "pairing",
    "pairing_sentence",
    "shift",
    "stratified",
    "summary",
    "threshold",
    "unpaired",
    "votes",
]
