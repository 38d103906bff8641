"""How anything becomes true on a host.

A component is one daemon's files together with its own checker, reload and health question.
One operation and one fact serve all of them: a run with nothing to do is one command; otherwise
the files are staged, judged by the daemon's checker, made live by rename, and the daemon is asked
whether it serves. `component.sh` holds the part that runs on the host.
"""

import hashlib
import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host, state

from omi_core.infra import glimpse
from omi_core.infra.archive import Member, pack
from omi_core.infra.difference import show_differences

ROOT = "/var/lib/omi/components"
ACTIVATE = (Path(__file__).parent / "component.sh").read_bytes()

_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_OCTAL = frozenset("01234567")
_WORD = re.compile(r"[a-z_][a-z0-9_-]*", re.ASCII)
# A path stands in shell, and in a line of the manifest: absolute, normal, of plain characters.
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._@+:-]+){2,}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedFile:
    """A file as it must stand on the host. `secret` keeps its content out of every output."""

    path: str
    content: bytes = field(repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False

    def __post_init__(self) -> None:
        _refuse_unsafe(self.path, self.owner, self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFile:
    """A file that the host makes from the staged ones, such as an indexed map."""

    path: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"

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
            raise ValueError(f"{self.name!r} is no name for a component, such as postfix")
        if len(set(self.paths)) < len(self.paths):
            raise ValueError(f"{self.name}: one path stands twice among its files")

    @property
    def fingerprint(self) -> str:
        """A digest over everything that decides what the host does with this component."""
        return hashlib.sha256(pack(_members(self)).encode()).hexdigest()

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that this component owns on the host."""
        return (*(file.path for file in self.built), *(file.path for file in self.files))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What stands at a path: octal mode, owner, group, and SHA-256 of the content."""

    mode: int
    owner: str
    group: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """What one look at the host tells about a component."""

    fingerprint: str
    healthy: bool
    built: Mapping[str, str]
    files: Mapping[str, FileState]


NOTHING = ComponentState(fingerprint="", healthy=False, built={}, files={})


def observe_script(name: str, paths: Iterable[str] = ()) -> str:
    """Return the shell whose output `parse_state` reads: one round trip for a whole component.

    Without `paths` it looks at the files that were activated last.
    """
    activated = (
        f"$(! test -f {ROOT}/{name}/live/manifest || cut -d' ' -f5 {ROOT}/{name}/live/manifest)"
    )
    quoted = " ".join(str(StringCommand(QuoteString(path))) for path in paths) or activated
    return (
        f"if cd {ROOT}/{name}/live 2>/dev/null; then"
        ' echo "fingerprint $(! test -f fingerprint || cat fingerprint)";'
        " ! timeout 20 sh ./health </dev/null >/dev/null 2>&1 || echo healthy;"
        " ! test -f built || sed 's/^/built /' built; fi;"
        f' for p in {quoted}; do ! test -f "$p" ||'
        ' echo "file $(stat -c "%a %U %G" "$p") $(sha256sum "$p")"; done'
    )


def parse_state(lines: Iterable[str]) -> ComponentState:
    """Read the output of `observe_script`; what a login shell says beside it is passed over."""
    fingerprint = ""
    healthy = False
    built: dict[str, str] = {}
    files: dict[str, FileState] = {}
    for line in lines:
        match line.split():
            case ["fingerprint", digest]:
                fingerprint = digest
            case ["healthy"]:
                healthy = True
            case ["built", digest, path]:
                built[path] = digest
            case ["file", mode, owner, group, digest, path] if set(mode) <= _OCTAL:
                files[path] = FileState(mode=int(mode, 8), owner=owner, group=group, digest=digest)
    return ComponentState(fingerprint=fingerprint, healthy=healthy, built=built, files=files)


class ObservedComponent(FactBase[ComponentState]):
    """The state of one component on the host."""

    def command(self, component_name: str, paths: tuple[str, ...] = ()) -> StringCommand:
        """One command; the paths are ours and the digests are of public or salted content."""
        return StringCommand(observe_script(component_name, paths))

    @staticmethod
    def default() -> ComponentState:
        """Nothing of the component is there."""
        return NOTHING

    def process(self, output: list[str]) -> ComponentState:
        """Parse the lines of `observe_script`."""
        return parse_state(output)


def asked(*names: str) -> tuple[glimpse.Question, ...]:
    """Return what a glimpse asks for the components of these names."""
    return tuple(
        glimpse.Question(fact=ObservedComponent, arguments={"component_name": name})
        for name in names
    )


def reasons(wanted: Component, seen: ComponentState) -> tuple[str, ...]:
    """Say, a sentence each, why the host differs from `wanted`; empty when it does not."""
    found = [*_file_reasons(wanted, seen), *_built_reasons(wanted, seen)]
    if not found and seen.fingerprint != wanted.fingerprint:
        found.append("the last activation did not finish, or ran with another definition")
    if not found and not seen.healthy:
        found.append(f"{wanted.name} does not serve")
    return tuple(found)


def _file_reasons(wanted: Component, seen: ComponentState) -> Iterable[str]:
    for file in wanted.files:
        there = seen.files.get(file.path)
        if there is None:
            yield f"{file.path} is missing"
        elif there.digest != hashlib.sha256(file.content).hexdigest():
            yield f"{file.path} differs"
        else:
            yield from _access_reasons(file, there)


def _built_reasons(wanted: Component, seen: ComponentState) -> Iterable[str]:
    for file in wanted.built:
        there = seen.files.get(file.path)
        if there is None:
            yield f"{file.path} is missing"
        elif there.digest != seen.built.get(file.path):
            yield f"{file.path} is not what was built"
        else:
            yield from _access_reasons(file, there)


def _access_reasons(file: ManagedFile | BuiltFile, there: FileState) -> Iterable[str]:
    if (there.mode, there.owner, there.group) != (file.mode, file.owner, file.group):
        yield f"{file.path} has mode or owner {there.mode:o} {there.owner}:{there.group}"


def become(wanted: Component, seen: ComponentState) -> Generator[StringCommand]:
    """Yield the commands that make `wanted` true, or none when the host is like that already.

    Each failing command ends the run on this host.
    """
    if not (why := reasons(wanted, seen)):
        host.noop(f"{wanted.name} is up to date")
        return
    announce(wanted, seen, why)
    yield from steps(wanted)


def steps(wanted: Component) -> tuple[StringCommand, StringCommand, StringCommand]:
    """Return the commands that stage, check and activate `wanted`.

    Before the last one nothing live is touched; the last one puts the previous files back when
    the daemon does not serve with the new ones.
    """
    here = f"{ROOT}/{wanted.name}"
    # A stage of its own for each run: another operator's must not replace what this one checked.
    stage = f"stage.{token_hex(8)}"
    return (
        StringCommand(
            f"umask 077 && mkdir -p {here} && cd {here}"
            " && find . -maxdepth 1 -name 'stage.*' -mmin +60 -exec rm -rf {} +"
            f" && mkdir {stage} && base64 -d | tar -x -C {stage}",
            _stdin=pack((*_members(wanted), _fingerprint(wanted))),
        ),
        StringCommand(
            f"umask 077 && cd {here}/{stage} && STAGE={here}/{stage}/tree && export STAGE"
            " && sh ./build && sh ./check"
        ),
        StringCommand(f"cd {here} && sh {stage}/activate"),
    )


def announce(wanted: Component, seen: ComponentState, why: Iterable[str]) -> None:
    """Log the plan once: while preparing, or while executing where nothing was prepared."""
    if state.is_executing and state.should_check_for_changes():
        return
    for sentence in why:
        host.log(f"{wanted.name}: {sentence}")
    if state.config.DIFF:
        show_differences(wanted, seen)


def make(wanted: Component) -> Generator[StringCommand]:
    """Look at the host and yield what makes `wanted` true; inside another operation."""
    seen = glimpse.recall(host, ObservedComponent, component_name=wanted.name)
    if seen is None or reasons(wanted, seen):
        seen = host.get_fact(ObservedComponent, component_name=wanted.name, paths=wanted.paths)
    yield from become(wanted, seen)


@operation()
def component(wanted: Component) -> Generator[StringCommand]:
    """Make `wanted` true on the host; one command when it already is."""
    yield from make(wanted)


def _members(wanted: Component) -> tuple[Member, ...]:
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


def _fingerprint(wanted: Component) -> Member:
    return Member(name="fingerprint", content=f"{wanted.fingerprint}\n".encode())


def _refuse_unsafe(path: str, owner: str, group: str) -> None:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no absolute path of plain characters below a directory")
    if not (_WORD.fullmatch(owner) and _WORD.fullmatch(group)):
        raise ValueError(f"{path}: {owner}:{group} is no owner and group")


def _script(text: str) -> bytes:
    return f"set -eu\n{text}\n".encode()


def _manifest(wanted: Component) -> bytes:
    """One line a file, `mode owner group path`, in the order of activation."""
    built = (f"built {f.mode:o} {f.owner} {f.group} {f.path}" for f in wanted.built)
    files = (f"file {f.mode:o} {f.owner} {f.group} {f.path}" for f in wanted.files)
    return "".join(f"{line}\n" for line in (*built, *files)).encode()
