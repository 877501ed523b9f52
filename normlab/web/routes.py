"""The routes, all below /c/."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def routes(base: str) -> list[Route]:
    """`base` is the path under which the app is served (Streamlit's `server.baseUrlPath`), "" at a server's root."""
    path = base.strip("/")
    root = f"/{path}" if path else ""
    return [Route(f"{root}/c/ping", _ping)]


async def _ping(request: Request) -> Response:
    """Whether routes arrive here: a page asks its browser, since not every host serves them."""
    return JSONResponse({"app": "normlab"}, headers={"Cache-Control": "no-store"})
