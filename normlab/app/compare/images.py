"""Images: what one arm gets right and another wrong, what all miss, and McNemar's test for two networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from normlab import compare
from normlab.app.compare.views import BROKEN, FIXED, IMAGES, MISSED
from normlab.app.shell import cached, tables, widgets
from normlab.app.shell.controls import buttons
from normlab.app.shell.gallery import gallery
from normlab.app.shell.words import plain
from normlab.choices import Dataset
from normlab.compare import Votes
from normlab.datasets import DataProblem
from normlab.frames import Group
from normlab.images import Images
from normlab.record import Snapshot
from normlab.store import representative

PAGE = 20


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An arm's networks that kept their predictions: seeds, the `typical` one of them, snapshots, and their votes."""

    label: str
    seeds: tuple[int, ...]
    typical: int
    snapshots: tuple[Snapshot, ...]
    votes: Votes

    @property
    def predicted(self) -> npt.NDArray[np.uint8]:
        """Shape (networks, N)."""
        return np.stack([snapshot.predicted for snapshot in self.snapshots])


def show(shown: Sequence[Group]) -> None:
    """Draw the galleries and the test. The first group is the reference."""
    datasets = {group.arm.config.data.dataset for group in shown}
    if len(datasets) > 1:
        st.info("These settings use different test images: no image can be compared.", icon=":material/balance:")
        return
    dataset = next(iter(datasets))
    try:
        test = cached.test_images(dataset)
    except DataProblem as problem:
        st.info(plain(str(problem)), icon=":material/image_not_supported:")
        return
    seen = [arm for group in shown if (arm := look(group, test)) is not None]
    if without := [group.label for group in shown if group.label not in {arm.label for arm in seen}]:
        text = f"No predictions kept: {', '.join(without)}."
        st.info(text, icon=":material/hourglass_empty:")
    if len(seen) < 2:
        st.caption("Two settings with predictions are needed to compare images.")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        reference, other = _pair(seen)
        _gallery(seen, reference, other, test, dataset)
    with right:
        _mcnemar(reference, other, test)


def look(group: Group, test: Images) -> Seen | None:
    """The predictions that were kept; None if there are none."""
    found = {run.config.seed: cached.last_predictions(run.run_id) for run in group.runs}
    kept = {seed: snapshot for seed, snapshot in found.items() if snapshot is not None}
    if not kept:
        return None
    predicted = np.stack([snapshot.predicted for snapshot in kept.values()])
    typical = representative(run for run in group.runs if run.config.seed in kept).config.seed
    return Seen(group.label, tuple(kept), typical, tuple(kept.values()), compare.votes(predicted, test.labels))


def _pair(seen: Sequence[Seen]) -> tuple[Seen, Seen]:
    reference, others = seen[0], seen[1:]
    if len(others) == 1:
        return reference, others[0]
    key = "compare-other"
    labels = [arm.label for arm in others]
    if st.session_state.get(key) not in labels:
        st.session_state[key] = labels[0]
    chosen = widgets.selectbox(f"Against {reference.label}", labels, key=key, width=360, help=_AGAINST)
    return reference, others[labels.index(chosen)]


def _gallery(seen: Sequence[Seen], reference: Seen, other: Seen, test: Images, dataset: Dataset) -> None:
    changes, missed = compare.changes(reference.votes, other.votes), compare.missed_by_all([arm.votes for arm in seen])
    sets = {FIXED: changes.fixed, BROKEN: changes.broken, MISSED: missed}
    chosen: str = buttons(
        IMAGES, "Images", words=lambda name: f"{_TITLES[name]} ({len(sets[name]):,})", label_visibility="collapsed"
    )
    st.caption(_meaning(chosen, reference, other, len(seen)))
    st.caption(balance(reference, other, test, changes.undecided))
    places = sets[chosen]
    if not len(places):
        st.markdown("There is no such image.")
        return
    pages = max(-(-len(places) // PAGE), 1)
    page = 1
    if pages > 1:
        page = widgets.pagination(
            pages,
            key=f"compare-page-{chosen}-{pages}-{other.label}",
            max_visible_pages=5,
        )
    at = places[(page - 1) * PAGE : page * PAGE]
    wrong = other if chosen == BROKEN else reference
    told = seen if chosen == MISSED else (reference, other)
    labels, told_of = dataset.spec.labels, notes(at, {arm.label: arm for arm in told})
    st.html(gallery(test.images, rows(wrong, at, test), labels, told_of))


_TITLES: Mapping[str, str] = {FIXED: "Fixed", BROKEN: "Broken", MISSED: "Missed by all"}


def _meaning(chosen: str, reference: Seen, other: Seen, arms: int) -> str:
    how = "by majority of the seeds" if max(len(reference.seeds), len(other.seeds)) > 1 else "by the single network"
    if chosen == MISSED:
        return f"All {arms} settings get these wrong, {how}. Shown: what most networks of {reference.label} say."
    sides = ("wrong", "right") if chosen == FIXED else ("right", "wrong")
    return f"{reference.label} gets these {sides[0]} and {other.label} {sides[1]}, {how}; the clearest first."


def balance(reference: Seen, other: Seen, test: Images, undecided: int) -> str:
    """How many images seeds alone move: the yardstick for fixed and broken."""
    between = compare.disagreement(reference.predicted, other.predicted, test.labels)
    told = f"Two networks, one per setting, disagree on {between:.1f} images on average (one right, one wrong)"
    own = [
        f"{count:.1f} within {arm.label}"
        for arm in (reference, other)
        if (count := compare.disagreement(arm.predicted, None, test.labels)) is not None
    ]
    told += f"; seeds alone account for {' and '.join(own)}." if own else "."
    if undecided:
        told += f" Left out: {undecided} images on which a setting's networks are evenly split."
    return told


def rows(wrong: Seen, at: npt.NDArray[np.int64], test: Images) -> pd.DataFrame:
    """What the arm that is wrong says of these images, as `frames.predictions`; confidence is the mean of its seeds."""
    said = wrong.votes.wrong[at]
    confidence = np.array([snapshot.confidence[at] for snapshot in wrong.snapshots], dtype=np.float64)
    say_it = wrong.predicted[:, at] == said
    sure = np.where(say_it, confidence, 0).sum(axis=0) / np.maximum(say_it.sum(axis=0), 1)
    return pd.DataFrame(
        {"image": at, "true": test.labels[at].astype(np.int64), "predicted": said, "confidence": 100 * sure}
    )


def notes(at: npt.NDArray[np.int64], seen: Mapping[str, Seen]) -> list[str]:
    """Under each image, a line an arm, how many of its networks are right: "BN 0/3"."""
    return [
        "\n".join(f"{label} {arm.votes.right[image]}/{arm.votes.networks}" for label, arm in seen.items())
        for image in at
    ]


_AGAINST = "The setting to compare with the reference."
_ONE_SEED = "The test compares two networks; at first, those whose test accuracy stays nearest the median of all seeds."


def _mcnemar(reference: Seen, other: Seen, test: Images) -> None:
    st.markdown("## McNemar's test for two networks")
    left, right = st.columns(2, gap="medium")
    with left:
        first = _seed(reference, "first")
    with right:
        second = _seed(other, "second")
    one, two = (arm.snapshots[arm.seeds.index(seed)].predicted for arm, seed in ((reference, first), (other, second)))
    names = [
        arm.label if f"seed {seed}" in arm.label else f"{arm.label} (seed {seed})"
        for arm, seed in ((reference, first), (other, second))
    ]
    st.markdown(compare.mcnemar_sentence(compare.mcnemar(one, two, test.labels), *names))
    if text := every_pair(reference, other, test):
        st.caption(text)
    tables.as_csv(
        "Every image as CSV",
        _per_image(reference, other, test),
        "normlab_compare_images.csv",
        key="compare-csv-images",
        help="Every test image with its true class and how many networks of each setting get it right.",
    )


def _seed(arm: Seen, which: str) -> int:
    return widgets.selectbox(
        f"Seed of {arm.label}",
        arm.seeds,
        arm.seeds.index(arm.typical),
        key=f"compare-{which}-{arm.label}",
        help=_ONE_SEED,
    )


def every_pair(reference: Seen, other: Seen, test: Images) -> str:
    """What the same test says for the other pairs of seeds; "" if there is only one pair."""
    tests = [compare.mcnemar(one, two, test.labels) for one in reference.predicted for two in other.predicted]
    if len(tests) < 2:
        return ""
    small = [found for found in tests if found.p_value < 0.05]
    sides = [sum(found.only_first > found.only_second for found in small), 0]
    sides[1] = len(small) - sides[0]
    told = f"Of the {len(tests)} pairs of seeds, {len(small)} have p below 0.05"
    if small:
        told += f": {sides[0]} in favor of {reference.label}, {sides[1]} of {other.label}"
    return f"{told}. The pairs share networks and images: not a test, but a sign of how far to trust a single pair."


def _per_image(reference: Seen, other: Seen, test: Images) -> pd.DataFrame:
    frame = pd.DataFrame({"image": np.arange(len(test.labels)), "true": test.labels})
    for arm in (reference, other):
        frame[f"right: {arm.label}"] = arm.votes.right
        frame[f"networks: {arm.label}"] = arm.votes.networks
    return frame
