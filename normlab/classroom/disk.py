"""Whether a folder is one that classes can be kept in."""

import tempfile
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "lustre"}
_MEMORY = {"tmpfs", "ramfs"}


def refusal(folder: Path) -> str:
    """Why no class can be kept there, in one sentence; "" if it can. SQLite's log needs a disk of this computer."""
    kind = _kind(folder)
    if kind in _NETWORK:
        return (
            f"Classes cannot be kept on a network disk ({kind}): set NORMLAB_STORE to a folder on this computer's own."
        )
    return ""


def warning(folder: Path) -> str:
    """What to know of the folder before a class relies on it, in one sentence; "" if there is nothing."""
    is_temporary = folder.resolve().is_relative_to(Path(tempfile.gettempdir()).resolve())
    if is_temporary or _kind(folder) in _MEMORY:
        return (
            f"Answers are kept in a temporary folder ({folder}): they are lost when this computer restarts. "
            "NORMLAB_STORE names another."
        )
    return ""


def _kind(folder: Path) -> str:
    """The file system that holds the folder; "" where the system does not tell."""
    try:
        lines = [line.split() for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return ""
    path = folder.resolve()
    mounts = [(Path(words[1].replace("\\040", " ")), words[2]) for words in lines if len(words) > 2]
    holding = [(len(point.parts), kind) for point, kind in mounts if path.is_relative_to(point)]
    return max(holding, default=(0, ""))[1]
