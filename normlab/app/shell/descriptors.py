"""How many files and connections the page's process may have open.

Each visitor holds 4 descriptors, and each session whose visitor has gone 3 more until Streamlit forgets it
(`server.disconnectedSessionTTL`). Systems start a process with few: macOS with 256.
"""

import sys

WANTED = 4096
"""About a thousand visitors; some systems refuse more than 10,240."""


def allow_more() -> None:
    """Raise this process' own limit to `WANTED`, or to the most that the system lets it have."""
    if sys.platform == "win32":  # has no such limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
