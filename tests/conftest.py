"""What every test takes for granted."""

import os
import signal
from collections.abc import Sequence

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background job, whose children are born deaf
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """A test marked `data` is skipped where nothing says which folder holds the large data sets."""
    if os.environ.get("NORMLAB_DATA"):
        return
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason="NORMLAB_DATA names no folder"))
