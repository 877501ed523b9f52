"""Links from any page to the lab and to Compare, relative to where the app is, and a run's permanent link."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from normlab.app.shell import address
from normlab.compare import comparison
from normlab.config import RunConfig
from normlab.settings import to_query


def settings(config: RunConfig) -> dict[str, str]:
    """What differs from the defaults, but never nothing: an address that asks for nothing opens the lab's first run."""
    return to_query(config) or {"seed": str(config.seed)}


def to_lab(config: RunConfig) -> str:
    """To this run in the lab."""
    return f"./?{urlencode({**settings(config), **address.sizes()})}"


def to_compare(texts: Sequence[str]) -> str:
    """To a comparison of these arms, written as `compare.comparison` does."""
    return f"./compare?{urlencode({**comparison(texts), **address.sizes()})}"


def permanent(config: RunConfig, others: Mapping[str, str]) -> str:
    """A whole link to the lab with every setting and the version of their meaning, and what `others` say."""
    query = {**to_query(config, every=True), **others}
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(query, safe=",:;"), ""))
