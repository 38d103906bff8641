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
    *("options", "options/families"),
)
MODULES = ("__init__", "errors", "exports", "language", "moved", "printable", "text")

_MAIN = b"""import sys

from omi_core.milter.__main__ import main

main(sys.argv[1:])
"""


def daemon() -> bytes:
    """Return the archive of the policy daemon."""
    return packed(_MAIN, _modules())


def packed(main: bytes, modules: Iterable[Path]) -> bytes:
    """Return an archive that runs `main`, with modules of this package beside it."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as archive:
        archive.writestr(ZipInfo("__main__.py"), main)
        for path in modules:
            name = (Path(PACKAGE.name) / path.relative_to(PACKAGE)).as_posix()
            archive.writestr(ZipInfo(name), path.read_bytes())
    return made.getvalue()


def _modules() -> Iterator[Path]:
    yield from (PACKAGE / f"{name}.py" for name in MODULES)
    for room in ROOMS:
        yield from sorted((PACKAGE / room).glob("*.py"))
