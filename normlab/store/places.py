"""Where runs are kept, and where the ones that ship are."""

import os
import tempfile
from pathlib import Path

import platformdirs

from normlab.store.layout import StoreProblem, problem

_PROBE = b"x" * 65_536
"""Written and removed again to see whether a folder takes files: a full disk does not."""


def writable_root() -> tuple[Path, str]:
    """The folder for runs, and a notice if it is a temporary one. Raises `StoreProblem` if there is none."""
    named = os.environ.get("NORMLAB_STORE", "").strip()
    user = Path(platformdirs.user_data_path("normlab", appauthor=False))
    root = Path(named).expanduser().absolute() if named else user / "runs"
    refusal = _refusal(root)
    if refusal is None:
        return root, ""
    try:
        temporary = Path(tempfile.mkdtemp(prefix="normlab-"))
    except OSError as error:
        raise StoreProblem(f"{refusal} There is no temporary folder either ({error.strerror or error}).") from None
    if _refusal(temporary) is not None:
        raise StoreProblem(f"{refusal} The temporary folder {temporary} cannot be written either.")
    return temporary, f"{refusal} Until then runs are kept in the temporary folder {temporary} and may vanish."


def _refusal(root: Path) -> str | None:
    """Why the folder cannot be written, as a sentence; None if it can."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root) as probe:
            probe.write(_PROBE)
            probe.flush()
    except OSError as error:
        return str(problem(error, root))
    return None


def shipped_folder() -> Path | None:
    """`NORMLAB_PRETRAINED`, or `pretrained` of the repository, or the installed package's; None if there is none."""
    named = os.environ.get("NORMLAB_PRETRAINED", "").strip()
    package = Path(__file__).parents[1]
    if named:
        candidates = [Path(named).expanduser().absolute()]
    else:
        is_repository = (package.parent / "pyproject.toml").is_file()
        candidates = [package.parent / "pretrained"] if is_repository else []
        candidates.append(package / "pretrained")
    return next((folder for folder in candidates if folder.is_dir()), None)
