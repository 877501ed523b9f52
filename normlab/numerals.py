"""Numbers as the pages and documents write them: with a true minus sign."""


def number(value: float, digits: int = 2) -> str:
    """ "0.25", "−1.00": with so many digits behind the point."""
    return f"{value:.{digits}f}".replace("-", "−")


def bound(value: float, digits: int = 2) -> str:
    """As `signed`, but an interval's end just below zero is "−0.00", so that one sees on which side it lies."""
    return f"{value + 0.0:+.{digits}f}".replace("-", "−")


def short(value: float, digits: int = 3) -> str:
    """At most so many significant digits: "0.0125", "−3"."""
    return f"{value:.{digits}g}".replace("-", "−")


def signed(value: float, digits: int = 2) -> str:
    """As `number`, with its sign; what rounds to zero is "+0.00"."""
    return f"{value:+z.{digits}f}".replace("-", "−")
