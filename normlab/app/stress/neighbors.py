"""One image in two neighborhoods, its own class and a mixed batch: the ruler of each, and every network's answers."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from normlab import stresses
from normlab.app.ruler import on_line
from normlab.app.ruler.picture import Picture, Step
from normlab.app.ruler.ruler import draw
from normlab.app.shell import appearance, cached
from normlab.app.shell.words import plain
from normlab.app.stress import said, strip
from normlab.app.stress.networks import Network, Repeat
from normlab.app.stress.results import Among
from normlab.charts.theme import LAYER_NAMES
from normlab.choices import Statistics
from normlab.errors import NormlabError
from normlab.ruler import BlockValues, Maker
from normlab.stresses import Neighbors, Stress, changed, pixels, sample

BLOCK = "block6"
"""There, images differ most: what is drawn is no heap."""

_ABOUT = "The same image in both batches. The ruler's zero is the mean of all values here, its unit their spread."
_MEMORY = "The batch makes no ruler now, so no image depends on its neighbors: choose the batch's statistics."
_NONE = "No network here has statistics that images share: neighbors play no part."


def done(networks: Sequence[Network], stress: Stress) -> str:
    """What is done, in a few words."""
    return said.done(stress, networks) or f"image {stress.image} and its neighbors"


def sentence(networks: Sequence[Network], stress: Stress, found: Among) -> str:
    """What the networks answer in both neighborhoods; "" while that is not known."""
    dataset = networks[0].dataset
    label = int(sample(dataset).labels[stress.image])
    names = dataset.spec.labels
    where = [said.neighborhood(each, dataset) for each in found.answers]
    rows = [
        (
            said.network_name(network, stress),
            [names[answer] if isinstance(answer, int) else None for answer in answers],
        )
        for network, answers in zip(networks, zip(*found.answers.values(), strict=True), strict=True)
    ]
    return said.among(names[label], where, rows)


def table(networks: Sequence[Network], stress: Stress, found: Among) -> str:
    """HTML: a row a network, a column a neighborhood; above, the image and who is with it."""
    dataset = networks[0].dataset
    label = int(sample(dataset).labels[stress.image])
    heads = "".join(
        f'<th scope="col">{escape(said.neighborhood(each, dataset).capitalize())}</th>' for each in found.answers
    )
    rows = []
    for place, network in enumerate(networks):
        cells = "".join(
            strip.answer(dataset.spec.labels[answer], is_right=answer == label, color=appearance.paint(network.color))
            if isinstance(answer := row[place], int)
            else "<td>…</td>"
            for row in found.answers.values()
        )
        rows.append(f'<tr><th scope="row">{strip.mark(network)}</th>{cells}</tr>')
    name = escape(dataset.spec.labels[label])
    image = f'<img src="{strip.picture(stress, dataset, stress.image)}" alt="Image {stress.image}: {name}">'
    return (
        f'<style>{strip.style()}{_STYLE}</style><div class="stress-pair">{image}<table class="stress-strip" '
        f'aria-label="What each network answers to this image"><tr><th scope="col">Network</th>{heads}</tr>'
        f"{''.join(rows)}</table></div>"
    )


_STYLE = """
.stress-pair { display: flex; gap: 1.5rem; align-items: flex-start; }
.stress-pair > img { width: 8rem; image-rendering: pixelated; border-radius: 6px; flex: none; }
.stress-pair .stress-strip :is(th, td):nth-child(2) { width: auto; text-align: center; padding: 0.14rem 0.1rem; }
.stress-pair .stress-strip th { white-space: normal; }
@media (max-width: 640px) { .stress-pair > img { width: 4.5rem; } }
"""


def ruler(networks: Sequence[Network], stress: Stress) -> None:
    """The rulers of both batches, in one drawing that moves between them: of the first network that has them."""
    network = next((one for one in networks if one.model.remembers), None)
    if network is None or stress.effective(network.model).statistics is not Statistics.BATCH:
        st.info(_MEMORY if network else _NONE, icon=":material/straighten:")
        return
    try:
        found = _picture(network.typical, stress.effective(network.model))
    except NormlabError as problem:
        st.info(plain(str(problem)), icon=":material/straighten:")
        return
    draw(found, "stress-ruler")
    st.caption(_ABOUT)


@st.cache_resource(max_entries=128, show_spinner=False)
def _picture(repeat: Repeat, stress: Stress) -> Picture:
    """Raises `NormlabError` if there is no ruler to draw."""
    run, snapshot = cached.ended(repeat.run_id), cached.last_snapshot(repeat.run_id)
    if run is None or snapshot is None:
        raise NormlabError(f"The run {repeat.run_id} is not here any more.")
    dataset = repeat.config.data.dataset
    shown = sample(dataset)
    hoods = (stress.neighbors, Neighbors.MIXED) if stress.neighbors is not Neighbors.MIXED else (Neighbors.MIXED,)
    found = [stresses.ruler(run, changed(stress, {"neighbors": each}), BLOCK) for each in hoods]
    last = found[-1].measured
    place = BlockValues(BLOCK, last.values, last.values).most_telling
    everyone = list(dict.fromkeys(int(image) for each in found for image in each.images))
    readings = [each.measured.reading(Maker.BATCH, place, np.zeros(len(each.images), np.int64)) for each in found]
    if not all(np.isfinite(numbers).all() for one in readings for numbers in (one.values, one.zeros, one.units)):
        raise NormlabError("This network's values are too large to be numbers: there is nothing to measure.")
    low, high = on_line.line(readings)
    made = tuple(
        on_line.made(
            said.neighborhood(hood, dataset).removeprefix("among "),
            f"These {len(each.images)} images make this ruler.",
            reading,
            low,
            high,
            [everyone.index(int(image)) for image in each.images],
            len(everyone),
        )
        for hood, each, reading in zip(hoods, found, readings, strict=True)
    )
    spec = last.norm.spec
    name = f"{BLOCK}.{last.norm}"
    return Picture(
        norm=last.norm,
        title=f"{spec.name}, {LAYER_NAMES[BLOCK].lower()}, channel {place + 1}",
        line="after ReLU",
        low=low,
        high=high,
        samples=on_line.samples(shown.labels[everyone], dataset),
        made=made,
        gamma=float(snapshot.weights[f"{name}.weight"][place]),
        beta=float(snapshot.weights[f"{name}.bias"][place]) if spec.has_beta else 0.0,
        thumbnails=on_line.sprite(pixels(stress, dataset, everyone)),
        step=Step.DIVIDE,
        sample=0,
    )
