"""The daemon as one file: the modules that it consists of, in a zip that Python runs (zipapp).

Pure modules of the standard library alone, so that the relay needs `python3` and nothing else.
The same modules make the same octets, so that a deploy knows whether there is something new.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

PACKAGE = Path(__file__).parents[2]
# What `omi_core.milter` imports, directly or not; tests/unit/relay/policy runs it.
ROOMS = (
    *("findings", "limits", "message", "milter", "milter/daemon", "milter/hops", "milter/limits"),
    *("options", "options/families", "queue"),
)
MODULES = ("__init__", "errors", "exports", "language", "moved", "printable", "text")

_MAIN = """import sys

from omi_core.{room}.__main__ import main

sys.exit(main(sys.argv[1:]))
"""


def daemon() -> bytes:
    """Return the archive of the policy daemon."""
    return archived("milter", ROOMS, MODULES)


def archived(room: str, rooms: Iterable[str], modules: Iterable[str]) -> bytes:
    """Return an archive of rooms and modules of the package that runs `main` of `room`."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as archive:
        archive.writestr(ZipInfo("__main__.py"), _MAIN.format(room=room))
        for path in _paths(rooms, modules):
            name = (Path(PACKAGE.name) / path.relative_to(PACKAGE)).as_posix()
            archive.writestr(ZipInfo(name), path.read_bytes())
    return made.getvalue()


def _paths(rooms: Iterable[str], modules: Iterable[str]) -> Iterator[Path]:
    yield from (PACKAGE / f"{name}.py" for name in modules)
    for room in rooms:
        yield from sorted((PACKAGE / room).glob("*.py"))
