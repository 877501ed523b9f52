"""Mistakes: the confusion matrix, and the test images behind its cells.

The two select boxes hold what is chosen. A click on a cell writes into them; a change of a box gives the matrix a new
key, so that it forgets its own click; the frame around the chosen cell is drawn from the boxes. So there is one truth,
and mouse and keyboard lead to it.
"""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab import frames
from normlab.app.lab.views import ANY, PREDICTED, TRUE
from normlab.app.shell import cached, controls, widgets
from normlab.app.shell.figure import chart, figure, is_live, waiting
from normlab.app.shell.gallery import gallery
from normlab.app.shell.moment import nearest, words
from normlab.app.shell.views import View
from normlab.app.shell.words import plain
from normlab.charts import mistakes
from normlab.charts.scales import accuracy_floor, ceiling
from normlab.choices import Dataset
from normlab.datasets import DataProblem
from normlab.images import Images
from normlab.labels import difference_labels
from normlab.store import Run

_VIEWS = (TRUE, PREDICTED)
_LIVE_SHADE = 0.01
"""While the epochs go by, the darkest shade stands for this share of the test images; the axes must not move."""

_BOXES = {
    "True class": "What the images show. Clicking the matrix sets both.",
    "Predicted class": "What the network says.",
}
_READ = "Rows: true class; columns: predicted; gray: correct. Click a cell to filter, again to reset."
PAGE = 20
"""Images on a page of the gallery: four rows of five, as in the study."""


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw the confusion matrix, the gallery and the accuracy of each class at a kept epoch."""
    kept, dataset = run.snapshot_epochs(), run.config.data.dataset
    if not kept:
        st.info(waiting(run, "Predictions"), icon=":material/hourglass_empty:")
        return
    try:
        test = cached.test_images(dataset)
    except DataProblem as problem:
        st.info(plain(str(problem)), icon=":material/image_not_supported:")
        return
    true, predicted, note = st.columns([1, 1, 2], gap="medium", vertical_alignment="bottom")
    for column, view, (label, help) in zip((true, predicted), _VIEWS, _BOXES.items(), strict=True):
        with column:
            controls.box(view, label, words=lambda one: _name(one, dataset), help=help, on_change=_take)
    with note:
        answers = frames.predictions(run.snapshot(nearest(kept, epoch)), test.labels)
        st.caption(f"{words(kept, epoch)} {_beside(run, answers, pinned, test, epoch)}".strip())
    left, right = st.columns([5, 6], gap="large")
    with left:
        _matrix(answers, dataset)
        _classes(answers, dataset.spec.labels)
    with right:
        _gallery(answers, test, dataset)


def _beside(run: Run, answers: pd.DataFrame, pinned: Sequence[Run], test: Images, epoch: int | None) -> str:
    """A sentence on the mistakes of the run pinned last beside these; "" if none has learned from the same data."""
    others = [
        other
        for other in pinned
        if other.run_id != run.run_id
        and other.config.data.dataset is run.config.data.dataset
        and other.snapshot_epochs()
    ]
    if not others:
        return ""
    other = others[-1]
    shown = nearest(other.snapshot_epochs(), epoch)
    theirs = frames.predictions(other.snapshot(shown), test.labels)
    wrong, too = (one["true"] != one["predicted"] for one in (answers, theirs))
    here, there = difference_labels([run, other])
    return (
        f"**{here}**: {int(wrong.sum()):,} mistakes; pinned **{there}**: {int(too.sum()):,} after epoch {shown}; "
        f"wrong in both: {int((wrong & too).sum()):,}."
    )


def _matrix(answers: pd.DataFrame, dataset: Dataset) -> None:
    names = dataset.spec.labels
    frame = frames.confusion(answers, names)
    true, predicted = _names(dataset)
    frame["chosen"] = (frame["true"] == true) & (frame["predicted"] == predicted)
    wrong = frame.loc[frame["mistake"], "count"]
    high = _LIVE_SHADE * len(answers) if is_live() else ceiling(wrong, least=5.0)
    spec = mistakes.confusion(names, high)
    key = f"mistakes-matrix-{dataset}-{st.session_state.get('mistakes-matrix', 0)}"
    st.markdown("**Confusion matrix**")
    chart(
        "Confusion matrix",
        frame,
        spec,
        key=key,
        alt=mistakes.confusion_alt(frame),
        on_select=widgets.callback(lambda: _clicked(key, names)),
        selection_mode=mistakes.SELECTION,
    )
    st.caption(_READ)


def _name(one: str, dataset: Dataset) -> str:
    """Of a class that goes by its number."""
    return one if one == ANY else dataset.spec.labels[int(one)]


def _names(dataset: Dataset) -> tuple[str, str]:
    """Of the chosen true and predicted class."""
    return _name(TRUE.chosen, dataset), _name(PREDICTED.chosen, dataset)


def _clicked(key: str, names: Sequence[str]) -> None:
    """Write the clicked cell into the boxes; a click beside the cells chooses everything."""
    cells = st.session_state[key]["selection"].get(mistakes.SELECTION) or [{"true": ANY, "predicted": ANY}]
    clicked = {view: cells[-1][view.name] for view in _VIEWS}
    controls.choose({view: name if name == ANY else str(names.index(name)) for view, name in clicked.items()})


def _take(view: View) -> None:
    """Callback of the boxes. The matrix gets a new key: it is a new chart that has not been clicked."""
    st.session_state["mistakes-matrix"] = st.session_state.get("mistakes-matrix", 0) + 1
    controls.take(view)


def chosen(answers: pd.DataFrame, names: Sequence[str], true: str, predicted: str) -> pd.DataFrame:
    """Mistakes of the chosen classes, the surest first; of a cell that is right its images, the least sure first."""
    rows = answers
    if true != ANY:
        rows = rows[rows["true"] == names.index(true)]
    if predicted != ANY:
        rows = rows[rows["predicted"] == names.index(predicted)]
    right = true == predicted != ANY
    rows = rows if right else rows[rows["true"] != rows["predicted"]]
    return rows.sort_values(["confidence", "image"], ascending=[right, True])


def _gallery(answers: pd.DataFrame, test: Images, dataset: Dataset) -> None:
    names = dataset.spec.labels
    true, predicted = _names(dataset)
    rows = chosen(answers, names, true, predicted)
    pages = max(-(-len(rows) // PAGE), 1)
    st.markdown(f"**{_heading(true, predicted)}**")
    st.caption(_count(len(rows), pages, right=true == predicted != ANY))
    page = 1
    if pages > 1:
        page = widgets.pagination(pages, key=f"mistakes-page-{dataset}-{true}-{predicted}-{pages}", max_visible_pages=5)
    shown = rows.iloc[(page - 1) * PAGE : page * PAGE]
    if len(shown):
        st.html(gallery(test.images, shown, names))


def _heading(true: str, predicted: str) -> str:
    if true == ANY and predicted == ANY:
        return "All mistakes"
    if true == predicted:
        return f"{true}, predicted correctly"
    words = [f"true class {true}"] if true != ANY else []
    words += [f"predicted {predicted}"] if predicted != ANY else []
    return f"Mistakes: {', '.join(words)}"


def _count(count: int, pages: int, *, right: bool) -> str:
    what, order = ("correct image", "least confident first") if right else ("mistake", "most confident first")
    what = what if count == 1 else f"{what}s"
    if not count:
        return f"No {what} here."
    if pages > 1:
        return f"{count:,} {what}, {order}, {PAGE} a page."
    return f"{count} {what}, {order}." if count > 1 else f"One {what}."


def _classes(answers: pd.DataFrame, names: Sequence[str]) -> None:
    frame = frames.per_class(answers, names)
    spec = mistakes.per_class(names, 0.0 if is_live() else accuracy_floor(frame["accuracy"]))
    worst = frame.iloc[int(frame["accuracy"].argmin())]
    text = (
        f"Hardest: {worst['name']}, {worst['mistakes']:,} of {worst['images']:,} wrong. The axis does not start at 0."
    )
    alt = mistakes.per_class_alt(frame)
    figure("Accuracy of each class", frame, spec, key="mistakes-classes", alt=alt, text=text)
