"""An address as a picture for phones."""

import io
from functools import lru_cache

import segno


@lru_cache(maxsize=64)
def picture(text: str) -> bytes:
    """As SVG, black on white, with the quiet zone that readers need."""
    target = io.BytesIO()
    segno.make(text, error="m", micro=False).save(target, kind="svg", border=2, light="#fff", xmldecl=False)
    return target.getvalue()
