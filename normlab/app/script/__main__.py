"""`python -m normlab.app.script`: serve the page from an installed package, in any folder.

Streamlit looks for its options in the working folder only; so the project's own are handed on.
"""

import argparse
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config

from normlab.app import service
from normlab.app.classroom import room
from normlab.app.script import main
from normlab.web import routes

app = st.App(main.__file__, lifespan=service.lifespan, routes=routes(st.get_option("server.baseUrlPath"), room.classes))


def serve(**place: int | str | None) -> None:
    """Serve the page until the process is ended. `place` are port and address, where they are given; variables of the
    environment (`STREAMLIT_SERVER_PORT`) come before the project's options."""
    own = {name: value for name, value in _options(tomllib.loads(_file().read_text("utf-8"))) if not _is_set(name)}
    app.run(config={**own, **{f"server.{name}": value for name, value in place.items() if value is not None}})


def _file() -> Path:
    """The project's options for Streamlit: in the package, or in the repository that it stands in."""
    here = Path(__file__)
    packed = here.with_name("streamlit.toml")
    return packed if packed.is_file() else here.parents[3] / ".streamlit" / "config.toml"


def _options(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """`{"theme": {"light": {"primaryColor": ...}}}` as `theme.light.primaryColor`."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _options(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _is_set(option: str) -> bool:
    """Whether the environment has it: `server.maxUploadSize` is STREAMLIT_SERVER_MAX_UPLOAD_SIZE."""
    return config.get_config_options()[option].env_var in os.environ


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="normlab app")
    options.add_argument("--port", type=int)
    options.add_argument("--address")
    chosen = options.parse_args()
    try:
        serve(port=chosen.port, address=chosen.address)
    except KeyboardInterrupt:  # the usual end
        sys.exit(130)
