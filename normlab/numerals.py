"""Numbers as the pages and documents write them: with a true minus sign."""


def number(value: float, digits: int = 2) -> str:
    """ "0.25", "−1.00": with so many digits behind the point."""
    return f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 2) -> str:
    """As `number`, with its sign; what rounds to zero is "+0.00"."""
    return f"{value:+z.{digits}f}".replace("-", "−")
