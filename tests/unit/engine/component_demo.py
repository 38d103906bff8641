"""A daemon that is none, and a host that is a directory: what activations are tried on."""

from pathlib import Path
from typing import TypedDict

from omi_core.engine.component import BuiltFile, Component, ManagedFile
from omi_core.engine.component_state import reasons
from tests.sandbox import GROUP, OWNER, Sandbox


class Ours(TypedDict):
    """The only owner that a test without root can give a file."""

    owner: str
    group: str


OURS = Ours(owner=OWNER, group=GROUP)
SERVES = "true"
SERVES_NOT = "echo 'it does not answer'; false"


def patient(directory: Path) -> Sandbox:
    """A host on which waiting takes no time."""
    sandbox = Sandbox(directory)
    sandbox.program("sleep", "true")
    return sandbox


def definition(
    host: Sandbox,
    version: str,
    extra: str = "",
    *,
    reload: str = "true",
    health: str = SERVES,
) -> Component:
    """A daemon with a secret main file, a map that is built, and one file of this version."""
    names = ("main.cf", *([extra] if extra else []))
    built = host.path("map.db")
    return Component(
        name="demo",
        files=tuple(
            ManagedFile(
                path=host.path(name),
                content=f"{name} of {version}\n".encode() * 3,
                mode=0o600 if name == "main.cf" else 0o644,
                secret=name == "main.cf",
                **OURS,
            )
            for name in names
        ),
        built=(BuiltFile(path=built, **OURS),),
        build=f'cat "$STAGE{host.path("main.cf")}" > "$STAGE{built}"',
        check=f'test -s "$STAGE{built}"',
        reload=reload,
        health=health,
    )


def contents(version: str, extra: str = "") -> dict[str, bytes]:
    """What `definition` puts on the host."""
    names = ("main.cf", *([extra] if extra else []))
    whole = {name: f"{name} of {version}\n".encode() * 3 for name in names}
    return dict(sorted({**whole, "map.db": whole["main.cf"]}.items()))


def settled(host: Sandbox, wanted: Component) -> bool:
    """Whether another run would find nothing to do."""
    return not reasons(wanted, host.look(wanted))
