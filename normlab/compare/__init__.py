"""Comparing arms honestly: seeds, differences with their intervals, interactions, and images that change sides.

An arm is all finished runs that are equal but for the seed; its seeds are the sample. Knows numbers and predictions,
nothing of frames, charts or the page. scipy does the statistics.
"""

from normlab.compare.arms import Arm, arms, find
from normlab.compare.designs import Design, designs
from normlab.compare.estimates import Estimate, Pairing, contrast, holm, pairing, seeds_for_claim
from normlab.compare.images import Changes, McNemar, Votes, changes, disagreement, mcnemar, missed_by_all, votes
from normlab.compare.ready import READY, Ready
from normlab.compare.sentences import (
    Finding,
    briefly,
    difference_sentence,
    exploratory,
    findings,
    mcnemar_sentence,
    pairing_sentence,
    told,
)

__all__ = [
    "READY",
    "Arm",
    "Changes",
    "Design",
    "Estimate",
    "Finding",
    "McNemar",
    "Pairing",
    "Ready",
    "Votes",
    "arms",
    "briefly",
    "changes",
    "contrast",
    "designs",
    "difference_sentence",
    "disagreement",
    "exploratory",
    "find",
    "findings",
    "holm",
    "mcnemar",
    "mcnemar_sentence",
    "missed_by_all",
    "pairing",
    "pairing_sentence",
    "seeds_for_claim",
    "told",
    "votes",
]
