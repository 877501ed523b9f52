"""The study's three collections of misclassified images, rebuilt: 5 × 4 of each experiment, from our networks."""

import streamlit as st

from normlab import frames
from normlab.app.shell import cached, fetching
from normlab.app.shell.controls import buttons
from normlab.app.shell.gallery import gallery
from normlab.app.shell.words import plain, word
from normlab.app.study import source
from normlab.app.study.coverage import untrained
from normlab.app.study.views import IMAGES
from normlab.choices import Dataset
from normlab.datasets import DataProblem
from normlab.identity import run_id
from normlab.images import Images, is_there
from normlab.study.results.measured import EVERY, Results
from normlab.study.results.published import EXPERIMENTS, Experiment
from normlab.study.texts.pictures import MISTAKES, surest

_PARTS = {"study": "MNIST, the study's recipe", "lesson": "digits, the lesson's runs"}


def show() -> None:
    """Draw the galleries of one data set; where it or the runs are missing, how to get them."""
    results = source.results()
    has_ours = any(results.seeds("study", experiment.arm) for experiment in EXPERIMENTS) and is_there(Dataset.MNIST)
    part: str = buttons(
        IMAGES,
        "Networks",
        tuple(_PARTS),
        otherwise="study" if has_ours else "lesson",
        words=_PARTS.__getitem__,
        help="Whose mistakes to show: networks trained as in the study, or the small lesson runs.",
    )
    st.caption(
        f"Up to {MISTAKES} test images that each network gets wrong, as in the study, most confident first. One "
        "network each: the seed nearest the median of its setting. Other seeds get other images wrong."
    )
    if part == "study":
        untrained(results, part)
    dataset = Dataset(EVERY[part].settings.get("dataset", Dataset.DIGITS))
    if not _is_here(dataset):
        return
    test = cached.test_images(dataset)
    for column, experiment in zip(st.columns(3, gap="large"), EXPERIMENTS, strict=True):
        with column:
            _collection(experiment, part, results, test, dataset)


def _is_here(dataset: Dataset) -> bool:
    try:
        cached.test_images(dataset)
    except DataProblem as problem:
        st.info(
            f"{word(dataset)} is needed to show its images: {plain(str(problem))}",
            icon=":material/image_not_supported:",
        )
        fetching.show(dataset)
        return False
    return True


def _collection(experiment: Experiment, part: str, results: Results, test: Images, dataset: Dataset) -> None:
    st.markdown(f"## {experiment.name}")
    config = results.representative(part, experiment.arm)
    snapshot = cached.last_predictions(run_id(config)) if config else None
    if config is None or snapshot is None:
        st.markdown("Not trained yet.")
        return
    found = frames.predictions(snapshot, test.labels)
    wrong = surest(found)
    st.caption(
        f"{int((found['true'] != found['predicted']).sum()):,} of {len(found):,} images are wrong; seed {config.seed}."
    )
    st.html(gallery(test.images, wrong, dataset.spec.labels))
