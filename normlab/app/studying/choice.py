"""Which section of the Study page is open: in the address, and kept between pages."""

from normlab.app import address, views

SECTIONS = ("Curves", "Claims", "Swings", "Predictions", "Images", "Networks", "Logs")
SECTION = views.one_of("study", "section", SECTIONS)


def current() -> str:
    """The open section; the address says so."""
    address.take_over("Study", [SECTION])
    address.put(views.query([SECTION]))
    return str(SECTION.chosen)
