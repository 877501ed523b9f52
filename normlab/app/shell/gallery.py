"""Test images with what they show and what the network said, as one grid that fits its place."""

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

_GRID = "display:grid;gap:12px 10px;grid-template-columns:repeat(auto-fill,minmax(max(76px,calc((100% - 40px)/5)),1fr))"
_IMAGE = "width:100%;display:block;image-rendering:pixelated;border-radius:4px"
_TEXT = "font-size:0.78rem;line-height:1.3;margin-top:4px;font-variant-numeric:tabular-nums"


def gallery(
    images: npt.NDArray[np.uint8], rows: pd.DataFrame, names: Sequence[str], notes: Sequence[str] | None = None
) -> str:
    """HTML of at most five images a row for rows of `frames.predictions`; `images` are the test set, (N, 28, 28).

    `notes` has more lines for each row.
    """
    columns = (rows[name] for name in ("image", "true", "predicted", "confidence"))
    cells = [
        _cell(images[image], names[true], names[predicted], confidence, note)
        for image, true, predicted, confidence, note in zip(*columns, notes or [""] * len(rows), strict=True)
    ]
    return f'<div style="{_GRID}">{"".join(cells)}</div>'


def _cell(image: npt.NDArray[np.uint8], true: str, predicted: str, confidence: float, note: str) -> str:
    true, predicted = escape(true), escape(predicted)
    told = f"true {true} → predicted {predicted} ({confidence:.0f} %)"
    caption = f'true {true}<br>→ predicted {predicted}<br><span style="opacity:0.7">{confidence:.0f} % sure</span>'
    if note:
        caption += f'<br><span style="opacity:0.7;white-space:pre-line">{escape(note)}</span>'
    picture = f'<img src="{data_url(image)}" alt="Test image: {told}" title="{told}" style="{_IMAGE}">'
    return f'<figure style="margin:0">{picture}<figcaption style="{_TEXT}">{caption}</figcaption></figure>'


def data_url(image: npt.NDArray[np.uint8]) -> str:
    """The image as a PNG that an `img` element can hold."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
