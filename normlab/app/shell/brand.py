"""The app's mark: three distributions pulled onto one, and its name."""

from normlab.charts.theme import INK, NORM_COLORS, color, painted


def _bell(center: float, width: float, height: float) -> str:
    left, right, base = center - 2 * width, center + 2 * width, 25.0
    top = base - height
    return (
        f"M{left} {base}C{center - width} {base} {center - 0.8 * width} {top} {center} {top}"
        f"S{center + width} {base} {right} {base}"
    )


def logo(*, dark: bool) -> str:
    """The mark and the name as SVG, for a light or a dark page."""
    return _svg(
        160,
        f'<text x="44" y="24" font-family="{_FONT}" font-size="22" font-weight="650" '
        f'letter-spacing="-.3" fill="{color(INK, dark=dark)}">normlab</text>',
        dark=dark,
    )


def mark(*, dark: bool) -> str:
    """The mark alone, where there is little room."""
    return _svg(36, "", dark=dark)


_FONT = "'Source Sans', 'Source Sans Pro', 'Segoe UI', Helvetica, Arial, sans-serif"


def _svg(width: int, rest: str, *, dark: bool) -> str:
    colors = painted(dict(NORM_COLORS), dark=dark)
    bells = (("gn", _bell(10, 4.5, 11)), ("ln", _bell(26, 4.5, 14)), ("bn", _bell(18, 5.5, 20)))
    curves = "".join(
        f'<path d="{path}" fill="none" stroke="{colors[name]}" stroke-width="2.2" stroke-linecap="round"/>'
        for name, path in bells
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="32" viewBox="0 0 {width} 32" role="img" '
        f'aria-label="normlab">{curves}{rest}</svg>'
    )
