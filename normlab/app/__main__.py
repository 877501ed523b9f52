"""`python -m normlab.app`: serve the page from an installed package, in any folder.

Streamlit looks for its options in the working folder only; so the project's own are handed on.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from normlab.app import main, service
from normlab.web import routes

app = st.App(main.__file__, lifespan=service.lifespan, routes=routes(st.get_option("server.baseUrlPath")))


def serve(port: int, address: str) -> None:
    """Serve the page until the process is ended."""
    app.run(config={**dict(_options(tomllib.loads(_file().read_text("utf-8")))), **_place(port, address)})


def _file() -> Path:
    """The project's options for Streamlit: in the package, or in the repository that it stands in."""
    here = Path(__file__)
    packed = here.with_name("streamlit.toml")
    return packed if packed.is_file() else here.parents[2] / ".streamlit" / "config.toml"


def _options(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """`{"theme": {"light": {"primaryColor": ...}}}` as `theme.light.primaryColor`."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _options(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _place(port: int, address: str) -> dict[str, Any]:
    return {"server.port": port, **({"server.address": address} if address else {})}


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="normlab app")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--address", default="")
    chosen = options.parse_args()
    try:
        serve(chosen.port, chosen.address)
    except KeyboardInterrupt:  # the usual end
        sys.exit(130)
