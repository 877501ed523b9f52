"""The ruler of a run: images on the number line of one channel at a kept epoch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from normlab import describe, inference, ruler
from normlab.app.ruler import on_line
from normlab.app.ruler.picture import Choice, Picture, Step, Tile, Tiles
from normlab.app.ruler.ruler import draw
from normlab.app.shell import cached
from normlab.app.shell.moment import nearest
from normlab.app.shell.words import norm_word, plain
from normlab.charts.theme import LAYER_NAMES
from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.datasets import DataProblem
from normlab.images import Images
from normlab.record import Floats
from normlab.ruler import BlockValues, Maker, Reading
from normlab.store import Run

_TILE_BINS = 30
_OUTSIDE = 0.005
"""Share of values that may lie to each side of the tiles' scale."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is looked at: a block, one of its channels (from 0; None: that of whose variance images explain most),
    one of its norms (None: its first); and where the drawing begins, with an image (None: that with the highest mean).
    """

    block: str = "block6"
    channel: int | None = None
    norm: Norm | None = None
    step: Step = Step.DIVIDE
    maker: Maker | None = None
    image: int | None = None


def show(
    run: Run,
    epoch: int | None,
    shown: Shown,
    on_change: Callable[[Shown], None] | None = None,
    *,
    key: str = "ruler",
) -> None:
    """One element, always: the ruler at the kept epoch nearest to `epoch` (None: the last), or why there is none.

    `on_change` gets what the reader asks to look at.
    """
    shown = _with_norm(run.config.model, shown)
    try:
        found = picture(run, epoch, shown)
    except DataProblem as problem:
        st.info(plain(str(problem)), icon=":material/image_not_supported:")
        return
    if isinstance(found, str):
        st.info(found, icon=":material/straighten:")
        return
    draw(found, key, lambda choice: on_change(_changed(run, shown, choice)) if on_change else None)


def _changed(run: Run, shown: Shown, choice: Mapping[str, object]) -> Shown:
    """What a message of the browser asks for; what it cannot ask for changes nothing."""
    model = run.config.model
    block, channel, norm = (choice.get(name) for name in ("block", "channel", "norm"))
    if isinstance(block, str) and block in describe.norm_parameters(model):
        return replace(shown, block=block, channel=None)
    if isinstance(channel, int) and 0 <= channel < channels(run)[shown.block]:
        return replace(shown, channel=channel)
    if isinstance(norm, int) and 0 <= norm < len(model.norms):
        return replace(shown, norm=model.norms[norm])
    return shown


def channels(run: Run) -> Mapping[str, int]:
    """How many each block has."""
    return {block.name: block.outputs for block in describe.blocks(run.config.model)}


def _with_norm(model: ModelConfig, shown: Shown) -> Shown:
    """Where a block without a norm is asked for, the last one with a norm, if there is any."""
    measurable = list(describe.norm_parameters(model))
    if not measurable or shown.block in measurable:
        return shown
    return replace(shown, block=measurable[-1], channel=None)


def picture(run: Run, epoch: int | None, shown: Shown) -> Picture | str:
    """The drawing, or one sentence that says why there is none.

    Raises:
        DataProblem: if the images are not here.
    """
    if not run.config.model.norms:
        return "No norm, no ruler: the next layer gets these values as they are."
    shown = _with_norm(run.config.model, shown)
    kept = run.snapshot_epochs()
    if not kept:
        return "The ruler needs this run's weights: they are kept once the run has ended."
    attempt = run.record.attempt if run.record else ""
    test = cached.test_images(run.config.data.dataset)
    return _picture(run.run_id, attempt, nearest(kept, epoch), shown, run, test)


@st.cache_resource(max_entries=256, show_spinner=False)
def _picture(name: str, attempt: str, epoch: int, shown: Shown, _run: Run, _test: Images) -> Picture | str:
    """Of the attempt's kept epoch, or why there is none."""
    run = _run
    model, dataset = run.config.model, run.config.data.dataset
    batch = _test.take(np.arange(ruler.IMAGES))
    images = inference.normalized(batch.images, dataset)
    weights = run.snapshot(epoch).weights
    norm = shown.norm if shown.norm in model.norms else model.norms[0]
    with np.errstate(over="ignore", invalid="ignore"):
        blocks = ruler.blocks(model, weights, images)
        here = next(block for block in blocks if block.name == shown.block)
        place = here.most_telling if shown.channel is None else shown.channel
        channel = ruler.channel(model, weights, images, shown.block, place, norm)
    numbers = [values for block in blocks for values in (block.before, block.after)]
    numbers += [values for reading in channel.readings for values in (reading.zeros, reading.units, reading.values)]
    if not all(np.isfinite(values).all() for values in numbers):
        return "This network's values are too large to be numbers: there is nothing to measure."
    low, high = on_line.line(channel.readings)
    makers = [reading.maker for reading in channel.readings]
    return Picture(
        norm=norm,
        title=f"{norm.spec.name}, {LAYER_NAMES[shown.block].lower()}",
        line="after ReLU" if norm is model.norms[0] else "before this norm",
        low=low,
        high=high,
        samples=on_line.samples(batch.labels, dataset),
        made=tuple(
            on_line.made(str(reading.maker), _sentence(reading, norm), reading, low, high)
            for reading in channel.readings
        ),
        gamma=channel.gamma,
        beta=channel.beta,
        thumbnails=on_line.sprite(batch.images),
        step=shown.step,
        maker=makers.index(shown.maker) if shown.maker in makers else 0,
        sample=shown.image,
        facts=_facts(channel.readings[0], here, norm),
        channels=Choice(tuple(f"{number + 1} of {here.channels}" for number in range(here.channels)), place),
        norms=Choice(tuple(norm_word(one) for one in model.norms), model.norms.index(norm))
        if len(model.norms) > 1
        else None,
        blocks=_tiles(blocks, shown.block),
    )


def _sentence(reading: Reading, norm: Norm) -> str:
    """Who made the ruler."""
    count = len(reading.values)
    match reading.maker:
        case Maker.BATCH if len(reading.zeros) > 1:
            return f"Each ghost batch of {count // len(reading.zeros)} images makes its own ruler."
        case Maker.BATCH:
            return f"All {count} images make this ruler: each image depends on its neighbors."
        case Maker.MEMORY:
            return "Training left this ruler: no image depends on its neighbors."
        case Maker.IMAGE:
            return "Each image makes its own ruler, from all its channels."
        case Maker.GROUP:
            return "Each image makes its own ruler, from this channel's group."
        case Maker.MAP:
            return "Each image makes its own ruler, from this channel alone."


def _facts(reading: Reading, block: BlockValues, norm: Norm) -> tuple[str, ...]:
    zeros = float((reading.values == 0).mean())
    after = "and a spike after it" if len(reading.zeros) == 1 else "and one for each ruler after it"
    spike = f"ReLU set {_percent(zeros)} of the values to 0: a spike before {norm.spec.name}, {after}."
    height, width = reading.values.shape[1:]
    return (
        f"Images: {ruler.BATCH}, each at the mean of its {height} × {width} values; whiskers hold eight of ten.",
        f"Which image it is explains {_percent(reading.explained)} of the variance here.",
        *([spike] if zeros else []),
        "Small: all values of each block, gray before the norm, colored after it, and how much the images explain.",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _tiles(blocks: tuple[BlockValues, ...], chosen: str) -> Tiles:
    every = [values for block in blocks for values in (block.before, block.after)]
    low = min(float(np.quantile(values, _OUTSIDE)) for values in every)
    high = max(float(np.quantile(values, 1 - _OUTSIDE)) for values in every)
    tiles = tuple(
        Tile(
            block.name,
            LAYER_NAMES[block.name],
            _shares(block.before, low, high),
            _shares(block.after, low, high),
            float((block.before == 0).mean()),
            float(block.explained.mean()),
        )
        for block in blocks
    )
    return Tiles(low, high, tiles, chosen)


def _shares(values: Floats, low: float, high: float) -> tuple[float, ...]:
    counts, _ = np.histogram(values, _TILE_BINS, (low, high))
    return tuple((counts / values.size).tolist())
