"""What stands on a host of a component, in one look, and why that is not what is wanted."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase

from omi_core.engine import prefetch
from omi_core.engine.component import BuiltFile, Component, ManagedFile

ROOT = "/var/lib/omi/components"

_OCTAL = frozenset("01234567")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What stands at a path: octal mode, owner, group, and SHA-256 of the content."""

    mode: int
    owner: str
    group: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """What one look at the host tells about a component.

    It is `activated` where an earlier run has begun to make it live, whether it came to the end.
    """

    activated: bool = False
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
        # One process each for all files: two a file are most of what a look costs the relay.
        f' set --; for p in {quoted}; do ! test -f "$p" || set -- "$@" "$p"; done;'
        ' test $# = 0 || { stat -c \'access %a %U %G %n\' "$@"; sha256sum --tag "$@"; }'
    )


def parse_state(lines: Iterable[str]) -> ComponentState:
    """Read the output of `observe_script`; what a login shell says beside it is passed over."""
    activated = False
    fingerprint = ""
    healthy = False
    built: dict[str, str] = {}
    access: dict[str, tuple[int, str, str]] = {}
    digests: dict[str, str] = {}
    for line in lines:
        match line.split():
            case ["fingerprint"]:
                activated = True
            case ["fingerprint", digest]:
                activated = True
                fingerprint = digest
            case ["healthy"]:
                healthy = True
            case ["built", digest, path]:
                built[path] = digest
            case ["access", mode, owner, group, path] if set(mode) <= _OCTAL:
                access[path] = (int(mode, 8), owner, group)
            case ["SHA256", path, "=", digest]:
                digests[path.strip("()")] = digest
    files = {
        path: FileState(mode=mode, owner=owner, group=group, digest=digests[path])
        for path, (mode, owner, group) in access.items()
        if path in digests
    }
    return ComponentState(
        activated=activated, fingerprint=fingerprint, healthy=healthy, built=built, files=files
    )


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


def fact_queries(*names: str) -> tuple[prefetch.FactQuery, ...]:
    """Return what a prefetch asks for the components of these names."""
    return tuple(
        prefetch.FactQuery(fact=ObservedComponent, arguments={"component_name": name})
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


def needs_restart(wanted: Component, seen: ComponentState) -> bool:
    """Whether a daemon that an earlier run has started is going to be stopped for `wanted`."""
    units = replace(wanted, files=tuple(file for file in wanted.files if file.restarts), built=())
    if not units.files or not seen.activated:
        return False
    return not seen.fingerprint or any(_file_reasons(units, seen))


def data_reasons(wanted: Component, seen: ComponentState) -> tuple[str, ...]:
    """Say, a sentence each, which data on the host differ from `wanted`."""
    data = replace(
        wanted,
        files=tuple(file for file in wanted.files if file.data),
        built=tuple(file for file in wanted.built if file.data),
    )
    return (*_file_reasons(data, seen), *_built_reasons(data, seen))


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
