"""What the server answers beside the page. Knows nothing of Streamlit and of torch."""

from normlab.web import qr, reach
from normlab.web.routes import routes

__all__ = ["qr", "reach", "routes"]
