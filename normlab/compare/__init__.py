"""Comparing settings honestly: seeds, differences with their intervals, interactions, and images that change sides.

An arm is all finished runs that are equal but for the seed; its seeds are the sample. Knows numbers and predictions,
nothing of frames, charts or the page. `contrasts` says how a difference is judged, `failures` which seeds failed,
`family` what is judged together.
"""

from normlab.compare import ranks, sentences
from normlab.compare.address import ARM_KEYS, arm_text, comparison, read_arm
from normlab.compare.arms import Arm, arms, find
from normlab.compare.contrasts import (
    ALPHA,
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
from normlab.compare.failures import GUESS, LEARNED, Share, counted, failed, share_interval, threshold
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
    "ALPHA",
    "ARM_KEYS",
    "DECIDED",
    "FEWEST_PAIRS",
    "GUESS",
    "LEARNED",
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
    "arm_text",
    "arms",
    "change_sentence",
    "changes",
    "comparison",
    "counted",
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
    "ranks",
    "read_arm",
    "sentences",
    "share_interval",
    "shift",
    "stratified",
    "summary",
    "threshold",
    "unpaired",
    "votes",
]
