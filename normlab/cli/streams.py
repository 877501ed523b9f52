"""Output that any terminal and file takes: what its encoding lacks is written in another way, and never an error."""

import codecs
import io
import sys

_PLAIN = str.maketrans(
    {
        "λ": "lambda", "γ": "gamma", "β": "beta", "μ": "mu", "σ": "sigma", "ε": "epsilon", "Δ": "Delta", "Σ": "sum ",
        "×": "x", "·": "*", "−": "-", "–": "-", "—": "-", "…": "...", "±": "+/-", "≈": "~", "≤": "<=", "≥": ">=",
        "√": "sqrt", "²": "^2", "→": "->", "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip
"""The field's own signs, as one types them."""


def settle() -> None:
    """From now on standard output and error write what their encoding lacks in plain letters, else as an escape."""
    codecs.register_error("normlab", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="normlab")


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    plain = lacking.translate(_PLAIN)
    return plain.encode("ascii", "backslashreplace").decode("ascii"), error.end
