"""A home folder for users who have none, as on some servers and in some containers."""

import os
from pathlib import Path

_NOWHERE = f"{os.devnull}/no-home"
"""Nobody can make a folder there: `Store.open` says that runs are kept in a temporary one."""


def settle() -> None:
    """Name a home folder where the system knows none.

    Without one altair cannot be imported, and platformdirs names a folder "~" in the working directory.
    """
    try:
        Path.home()
    except RuntimeError:
        os.environ["USERPROFILE" if os.name == "nt" else "HOME"] = _NOWHERE
