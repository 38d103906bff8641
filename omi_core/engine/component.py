"""A component: one daemon's files together with its own checker, reload and health question.

`converge.py` makes it true on a host, `component.sh` holds the part that runs there.
"""

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from omi_core.engine.archive import Member, pack

ACTIVATE = (Path(__file__).parent / "component.sh").read_bytes()

_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_WORD = re.compile(r"[a-z_][a-z0-9_-]*", re.ASCII)
# A path stands in shell, and in a line of the manifest: absolute, normal, of plain characters.
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._@+:-]+){2,}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedFile:
    """A file as it must stand on the host. `secret` keeps its content out of every output.

    `data` is what the daemon looks things up in, and reads again by itself as soon as another file
    takes its place: where nothing else changed, there is no reload. `restarts` is what no reload
    takes up, such as a unit: where another stands, relays are changed one after the other.
    """

    path: str
    content: bytes = field(repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False
    data: bool = False
    restarts: bool = False

    def __post_init__(self) -> None:
        _refuse_unsafe(self.path, self.owner, self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFile:
    """A file that the host makes from the staged ones, such as an indexed map."""

    path: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    data: bool = False

    def __post_init__(self) -> None:
        _refuse_unsafe(self.path, self.owner, self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One daemon: what it reads, and the shell that checks, reloads and questions it.

    `files` become live in the order given, those that others refer to first, after everything in
    `built`. The scripts are POSIX shell. `build` and `check` see the staged tree as `$STAGE`, so
    `$STAGE/etc/postfix/main.cf` is what will be `/etc/postfix/main.cf`. `reload` also starts a
    daemon that does not run. `health` answers at once: exit 0 means that the daemon serves.
    """

    name: str
    files: tuple[ManagedFile, ...]
    built: tuple[BuiltFile, ...] = ()
    build: str = ":"
    check: str
    reload: str
    health: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a name for a component, such as postfix")
        if len(set(self.paths)) < len(self.paths):
            raise ValueError(f"{self.name}: one path stands twice among its files")

    @property
    def fingerprint(self) -> str:
        """A digest over everything that decides what the host does with this component.

        What its data say is not among it: that is compared file by file, and may change alone.
        """
        files = tuple(replace(file, content=b"") if file.data else file for file in self.files)
        defined = replace(self, files=files)
        return hashlib.sha256(pack(members(defined)).encode()).hexdigest()

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that this component owns on the host."""
        return (*(file.path for file in self.built), *(file.path for file in self.files))


def members(wanted: Component) -> tuple[Member, ...]:
    """Return what is sent to the host: scripts, manifest, and the tree of files."""
    scripts = {
        "activate": ACTIVATE,
        "build": _script(wanted.build),
        "check": _script(wanted.check),
        "reload": _script(wanted.reload),
        "health": _script(wanted.health),
        "manifest": _manifest(wanted),
    }
    return (
        *(Member(name=name, content=content) for name, content in scripts.items()),
        *(Member(name=f"tree{file.path}", content=file.content) for file in wanted.files),
    )


def _refuse_unsafe(path: str, owner: str, group: str) -> None:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not an absolute path of plain characters below a directory")
    if not (_WORD.fullmatch(owner) and _WORD.fullmatch(group)):
        raise ValueError(f"{path}: {owner}:{group} is not an owner and group")


def _script(text: str) -> bytes:
    return f"set -eu\n{text}\n".encode()


def _manifest(wanted: Component) -> bytes:
    """One line a file, `kind mode owner group path`, in the order of activation."""
    lines = (
        *(_line("built-data" if file.data else "built", file) for file in wanted.built),
        *(_line("data" if file.data else "file", file) for file in wanted.files),
    )
    return "".join(lines).encode()


def _line(kind: str, file: ManagedFile | BuiltFile) -> str:
    return f"{kind} {file.mode:o} {file.owner} {file.group} {file.path}\n"
