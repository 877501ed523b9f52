"""What the server answers beside the page. Knows nothing of Streamlit and of torch."""

from normlab.web import reach
from normlab.web.routes import routes

__all__ = ["reach", "routes"]
