"""What `normlab study findings` does: write docs/findings.md, docs/overview.md, what docs/teachers.md says of findings,
and the pictures.
"""

from pathlib import Path

from normlab.cli.common import Mistake, read_text, say
from normlab.store import Store
from normlab.study.claims.expected import EXPECTATIONS
from normlab.study.results.measured import of_store
from normlab.study.texts import findings, overview, teachers
from normlab.study.texts.pictures import pictures
from normlab.templates import put

START = "<!-- findings: written by `normlab study findings`, not by hand -->"
END = "<!-- end of findings -->"
_DOCS = Path("docs")
_DOCUMENT, _OVERVIEW, _TEACHERS = _DOCS / "findings.md", _DOCS / "overview.md", _DOCS / "teachers.md"


def texts(shelf: Path, root: Path) -> dict[Path, str]:
    """Every file but the charts, by its place below `root`, from the runs that ship in `shelf`.

    Raises:
        Mistake: if `root` has no docs/overview.md or docs/teachers.md with a marked section.
    """
    store = Store(root / "no runs of one's own", shelf)
    results = of_store(store.list(), store.read, shelf)
    sections = {_OVERVIEW: overview.section(results, pictures(results)), _TEACHERS: teachers.section(results)}
    marked = {path: _put(root / path, section) for path, section in sections.items()}
    return {_DOCUMENT: findings.write(results, EXPECTATIONS), **marked}


def write(shelf: Path, root: Path) -> None:
    """Write the texts and draw the pictures anew, those that are of other results than the ones there are."""
    for path, text in texts(shelf, root).items():
        _write(root / path, text)
    store = Store(root / "no runs of one's own", shelf)
    folder = root / _DOCS / overview.FOLDER
    known = {f"{picture.name}.svg": picture for picture in pictures(of_store(store.list(), store.read, shelf))}
    for path in set(folder.glob("*.svg")) - {folder / name for name in known}:
        path.unlink()
    for name, picture in known.items():
        path = folder / name
        if not path.is_file() or picture.mark not in read_text(path):
            _write(path, picture.svg())


def _put(path: Path, section: str) -> str:
    try:
        return put(read_text(path), section, START, END)
    except ValueError as error:
        raise Mistake(f"{path} cannot take the findings: {error}.") from None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    say(f"Wrote {path}")
