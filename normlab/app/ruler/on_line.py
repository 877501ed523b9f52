"""Images on the number line of one channel: what every ruler of images has in common."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from normlab.app.ruler.picture import Bars, Made, Ruler, Sample
from normlab.choices import Dataset
from normlab.images import Bytes
from normlab.record import Floats
from normlab.ruler import Reading

_BINS = 26
_WHISKERS = (10, 90)


def line(readings: Sequence[Reading]) -> tuple[float, float]:
    """The number line holds every image's whiskers and every ruler's unit to both sides of its zero."""
    ends: list[float] = [0.0]
    for reading in readings:
        low, high = np.percentile(reading.values, _WHISKERS, axis=(1, 2))
        ends += [float(low.min()), float(max(high.max(), np.percentile(reading.values, 99)))]
        ends += [float((reading.zeros - reading.units).min()), float((reading.zeros + reading.units).max())]
    room = 0.03 * (max(ends) - min(ends))
    return min(ends) - room, max(ends) + room


def samples(labels: Bytes, dataset: Dataset) -> tuple[Sample, ...]:
    """Images of these classes, in order, with thumbnails in the same order."""
    names = [dataset.spec.labels[label] for label in labels]
    return tuple(Sample(f"image {place + 1} “{name}”", name, place) for place, name in enumerate(names))


def made(
    name: str, sentence: str, reading: Reading, low: float, high: float, places: Sequence[int] = (), count: int = 0
) -> Made:
    """What a maker makes of a reading, on the number line from `low` to `high`: `name` and `sentence` as in `Made`.

    With `places` the images of the reading are these of `count` samples, and the others are not there.
    """
    here = list(places) or list(range(len(reading.owners)))
    count = count or len(here)

    def spread(values: npt.NDArray[Any]) -> tuple[float, ...]:
        every = np.full(count, np.nan)
        every[here] = values
        return tuple(every.tolist())

    ends = np.percentile(reading.values, _WHISKERS, axis=(1, 2))
    owners = np.zeros(count, np.int64)
    owners[here] = reading.owners
    rulers = zip(reading.zeros.tolist(), reading.units.tolist(), strict=True)
    return Made(
        name=name,
        sentence=sentence,
        rulers=tuple(Ruler(zero, unit) for zero, unit in rulers),
        owners=tuple(owners.tolist()),
        at=spread(reading.values.mean(axis=(1, 2))),
        low=spread(ends[0]),
        high=spread(ends[1]),
        bars=_bars(reading.values, low, high),
    )


def sprite(images: npt.NDArray[np.uint8]) -> str:
    """All images in a row as a PNG whose opacity is the ink, so that it takes a page's color."""
    ink = np.concatenate(list(images), axis=1)
    buffer = io.BytesIO()
    Image.merge("LA", (Image.fromarray(np.zeros_like(ink)), Image.fromarray(ink))).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _bars(values: Floats, low: float, high: float) -> Bars:
    rest = values[values != 0]
    counts, _ = np.histogram(rest, _BINS, (low, high))
    return Bars(1 - rest.size / values.size, tuple((counts / values.size).tolist()))
