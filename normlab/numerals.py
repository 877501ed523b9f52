"""Numbers as the pages and documents write them, with a true minus sign, and as people type them."""

import math
import re
from collections.abc import Callable

LONGEST = 64
"""Characters of a typed number."""

_SHOWN = 40
_LARGE = 1e6
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d+)(?:e\+?(\d{1,2}))?", re.ASCII)
_WIDE = {code + 0xFEE0: chr(code) for code in range(ord("!"), ord("~") + 1)}
_SIGNS = {**_WIDE, ord("−"): "-", ord("–"): "-"}


def read(text: str) -> float | None:
    """What a typed number means; None where it is none, or too small for a float. Too large a one is infinite.

    A comma is a decimal comma, never a thousands separator; the minus sign may be the pages' own, an exponent may
    follow ("1e-3"), and letters may have an East Asian keyboard's full width.
    """
    plain = _plain(text).replace(",", ".")
    if len(plain) > LONGEST or not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    vanished = value == 0 and re.search("[1-9]", plain.partition("e")[0])
    return None if vanished else value


def read_whole(text: str) -> int | None:
    """The same of a whole number. One that is written with a comma or point is none: "1,000" may mean 1 or 1000."""
    plain = _plain(text)
    found = None if len(plain) > LONGEST else _WHOLE.fullmatch(plain)
    return int(found[1]) * 10 ** int(found[2] or 0) if found else None


def cut(text: str) -> str:
    """A typed text as a sentence names it: a long one by its beginning."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _plain(text: str) -> str:
    return text.strip().translate(_SIGNS).lower()


def number(value: float, digits: int = 2) -> str:
    """ "0.25", "−1.00": with so many digits behind the point; what rounds to zero has no sign. Large: "4.61·10⁸"."""
    return _large(value) or f"{value:z.{digits}f}".replace("-", "−")


def _large(value: float) -> str:
    """A number that would be a row of digits, or that is none; "" for all others."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) < _LARGE:
        return ""
    return _powered(f"{value:.2e}")


def _powered(text: str) -> str:
    """ "4.61e+08" as people write it: "4.61·10⁸"."""
    mantissa, _, exponent = text.replace("-", "−", 1 if text.startswith("-") else 0).partition("e")
    return f"{mantissa}·10{str(int(exponent)).translate(_RAISED)}" if exponent else mantissa


def bound(value: float, digits: int = 2) -> str:
    """As `signed`, but an interval's end near zero has more digits, "−0.004": one sees on which side it lies."""
    longer = (signed(value, more) for more in range(digits, digits + 4))
    return next((text for text in longer if text[0] in "+−"), signed(value, digits))


def span(low: float, high: float, words: Callable[[float], str] = number) -> str:
    """ "from 0.17 to 0.46"; where both read alike, only "0.17"."""
    first, last = words(low), words(high)
    return first if first == last else f"from {first} to {last}"


def short(value: float, digits: int = 3) -> str:
    """With at most `digits` significant digits: "0.0125", "−3", "1·10⁻⁹"."""
    return _large(value) or _powered(f"{value:z.{digits}g}")


def exact(value: float) -> str:
    """A setting's number to its last digit, as short as it goes: "1e-5", "0.05", "2"."""
    return repr(float(value)).removesuffix(".0").replace("e-0", "e-")


def signed(value: float, digits: int = 2) -> str:
    """As `number`, with its sign; what rounds to zero has none: "0.00"."""
    text = number(value, digits)
    is_positive = value > 0 and any(digit in text for digit in "123456789∞")
    return f"+{text}" if is_positive else text


def duration(seconds: float) -> str:
    """ "42 s", "3 min 20 s" or "1 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
