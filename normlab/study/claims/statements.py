"""What the study claims, and what is objected to it: each statement as questions that seeds can answer.

A statement is judged on the study's own recipe. The same questions go to the other parts: that says how far it carries.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from normlab.study.claims.questions import Answer, Evidence, Expects, Question
from normlab.study.results.quantities import (
    EARLY_ACCURACY,
    GAIN,
    PENALTY_LEAD,
    REESTIMATED,
    STEADIER,
    SWING,
    TEST_ACCURACY,
    TEST_LOSS,
    Quantity,
)

NAMES = {"bn": "BN", "ln": "LN", "gn": "GN", "none": "no norm"}
PENALTIES = {"none": "no penalty", "l1": "L1", "l2": "L2", "l1+l2": "L1 + L2"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement: `by` whom, which numbers would show it (`means`), and on which other parts it is asked too.

    `questions` decide; `details` show the same for each arm alone.
    """

    key: str
    by: str
    says: str
    means: str
    questions: tuple[Question, ...]
    elsewhere: tuple[str, ...] = ()
    details: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """A claim judged on one part."""

    claim: Claim
    part: str
    answer: Answer
    evidence: tuple[Evidence, ...]
    details: tuple[Evidence, ...] = ()


def arm_name(arm: str) -> str:
    """ "BN + L1": a name of the grids in words."""
    norm, _, penalty = arm.partition("/")
    return NAMES[norm] if penalty == "none" else f"{NAMES[norm]} + {PENALTIES[penalty]}"


def _against(
    reference: str, arms: tuple[str, ...], expects: Expects, quantity: Quantity = TEST_ACCURACY
) -> tuple[Question, ...]:
    """Each arm minus the reference."""
    return tuple(
        Question(f"{arm_name(arm)} against {arm_name(reference)}", (reference, arm), expects, quantity=quantity)
        for arm in arms
    )


def _pooled(penalty: str, expects: Expects, quantity: Quantity = TEST_ACCURACY) -> Question:
    """The arms with the penalty minus those without one, with the three norms together."""
    strata = tuple((f"{norm}/none", f"{norm}/{penalty}") for norm in _NORMS)
    return Question(f"{PENALTIES[penalty]} added to BN, LN and GN", (), expects, quantity, strata)


def _interaction(quantity: Quantity) -> Question:
    arms = ("bn/none", "bn/l1", "gn/none", "gn/l1")
    return Question("(BN + L1 − BN) − (GN + L1 − GN)", arms, Expects.LOWER, quantity)


_NORMS = ("bn", "ln", "gn")
_GRIDS, _HEADLINE = ("digits", "mnist-2k", "lesson"), ("mnist", "fashion")
STUDY, OBJECTION = "the study", "objection"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "beats-bn",
        STUDY,
        "None of the regularized networks beats BatchNorm alone within 25 epochs.",
        "Test accuracy of its three arms, and of BN with each penalty, minus that of BN alone: none above zero.",
        _against("bn/none", ("gn/l1", "ln/l2", "bn/l1+l2", "bn/l1", "bn/l2"), Expects.NOT_HIGHER),
        _GRIDS,
    ),
    Claim(
        "l1-hurts",
        STUDY,
        "L1 always raises the loss and lowers the test accuracy.",
        "The networks with L1 minus those without a penalty, compared within each norm: accuracy below zero, test loss "
        "above.",
        (_pooled("l1", Expects.LOWER), _pooled("l1", Expects.HIGHER, TEST_LOSS)),
        _GRIDS,
        (
            *(q for norm in _NORMS for q in _against(f"{norm}/none", (f"{norm}/l1",), Expects.LOWER)),
            *(
                q
                for norm in _NORMS
                for q in _against(f"{norm}/none", (f"{norm}/l1",), Expects.HIGHER, quantity=TEST_LOSS)
            ),
        ),
    ),
    Claim(
        "worst-at-first",
        STUDY,
        "BN + L1 + L2 is the worst at first, but keeps improving.",
        "Over the first five epochs it lies below the two other arms; its last five epochs lie above epochs 2 to 6.",
        (
            Question("BN + L1 + L2 against both others", ("gn/l1", "ln/l2", "bn/l1+l2"), Expects.LOWER, EARLY_ACCURACY),
            Question("BN + L1 + L2, late − early", ("bn/l1+l2",), Expects.HIGHER, GAIN),
        ),
    ),
    Claim(
        "ln-best",
        STUDY,
        "LN + L2 is the best of the three.",
        "Test accuracy of LN + L2 minus that of the two others: above zero.",
        (Question("LN + L2 against both others", ("gn/l1", "bn/l1+l2", "ln/l2"), Expects.HIGHER),),
        _GRIDS,
        (*_against("gn/l1", ("ln/l2",), Expects.HIGHER), *_against("bn/l1+l2", ("ln/l2",), Expects.HIGHER)),
    ),
    Claim(
        "small",
        STUDY,
        "With λ = 0.01, L1 adds a small value to the loss.",
        "Penalty minus data loss, both in nats and in the last epoch, over the three norms: below zero.",
        (
            Question(
                "BN, LN and GN + L1: penalty − data loss",
                (),
                Expects.LOWER,
                PENALTY_LEAD,
                tuple((f"{norm}/l1",) for norm in _NORMS),
            ),
        ),
        (),
        tuple(
            Question(f"{NAMES[norm]} + L1: penalty − data loss", (f"{norm}/l1",), Expects.LOWER, PENALTY_LEAD)
            for norm in _NORMS
        ),
    ),
    Claim(
        "confounded",
        OBJECTION,
        "LN + L2 was best only because it was the arm without L1: the penalty decided, not the norm.",
        "Without L1 the norms differ by less than a point (LN + L2 against BN + L2 and GN + L2), a tenth of what L1 "
        "does; with L1, LN falls behind both.",
        (
            Question("LN + L2 against BN + L2 and GN + L2", ("bn/l2", "gn/l2", "ln/l2"), Expects.EQUAL, margin=1.0),
            Question("LN + L1 + L2 against BN + L2 and GN + L2", ("bn/l2", "gn/l2", "ln/l1+l2"), Expects.LOWER),
        ),
    ),
    Claim(
        "no-l2",
        OBJECTION,
        "The study's L2 (weight decay 1e-5) is so weak that its L2 arms are arms without a penalty.",
        "L2 minus no penalty, compared within each norm: no difference of 0.1 points.",
        (_pooled("l2", Expects.EQUAL),),
        (),
        tuple(q for norm in _NORMS for q in _against(f"{norm}/none", (f"{norm}/l2",), Expects.EQUAL)),
    ),
    Claim(
        "artefact",
        OBJECTION,
        "The swings of BN + L1 + L2 are made by BatchNorm's remembered statistics, not by the network.",
        "With L1, with and without L2: over the epochs of one run test accuracy of BN swings less with re-estimated "
        "statistics than with running ones, and with those it swings more than that of GN.",
        (
            Question(
                "BN + L1 (+ L2): swing running − re-estimated",
                (),
                Expects.HIGHER,
                STEADIER,
                (("bn/l1",), ("bn/l1+l2",)),
            ),
            Question(
                "BN + L1 (+ L2) against GN + L1 (+ L2)",
                (),
                Expects.HIGHER,
                SWING,
                (("gn/l1", "bn/l1"), ("gn/l1+l2", "bn/l1+l2")),
            ),
        ),
    ),
    Claim(
        "interaction",
        OBJECTION,
        "The question behind the study: L1 hurts BatchNorm more than GroupNorm.",
        "(BN + L1 − BN) − (GN + L1 − GN) in test accuracy, tested as usual, with running statistics: below zero.",
        (_interaction(TEST_ACCURACY),),
        (*_GRIDS, *_HEADLINE),
    ),
    Claim(
        "interaction-anew",
        OBJECTION,
        "That is still so where BatchNorm's statistics are measured anew: the network itself is hurt more.",
        "The same contrast with re-estimated statistics: below zero.",
        (_interaction(REESTIMATED),),
    ),
)
BY_KEY: Mapping[str, Claim] = {claim.key: claim for claim in CLAIMS}
MAIN = "study"
"""The part that a claim is judged on."""
