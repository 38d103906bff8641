"""What decides whether a host is changed: pure, so that it can be tried by the thousand."""

import base64
import hashlib
import io
import tarfile
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.engine.archive import Member, pack
from omi_core.engine.component import BuiltFile, Component, ManagedFile
from omi_core.engine.component_state import (
    NOTHING,
    ComponentState,
    FileState,
    parse_state,
    reasons,
)
from omi_core.engine.converge import steps
from omi_core.engine.difference import FileContents, unified

MAIN = ManagedFile(path="/etc/demo/main.cf", content=b"relay = yes\n")
USERS = ManagedFile(
    path="/etc/demo/users",
    content=b"alice:xyzzy-marker\n",
    mode=0o640,
    group="dovecot",
    secret=True,
)
MAP = BuiltFile(path="/etc/demo/map.db")
DEMO = Component(
    name="demo",
    files=(MAIN, USERS),
    built=(MAP,),
    build="make the map",
    check="demo -t",
    reload="demo reload",
    health="demo status",
)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def on_host(file: ManagedFile) -> FileState:
    return FileState(
        mode=file.mode, owner=file.owner, group=file.group, digest=digest(file.content)
    )


SETTLED = ComponentState(
    activated=True,
    fingerprint=DEMO.fingerprint,
    healthy=True,
    built={MAP.path: digest(b"map")},
    files={
        MAIN.path: on_host(MAIN),
        USERS.path: on_host(USERS),
        MAP.path: FileState(mode=0o644, owner="root", group="root", digest=digest(b"map")),
    },
)


def without(path: str) -> dict[str, FileState]:
    return {name: state for name, state in SETTLED.files.items() if name != path}


def test_a_host_that_is_like_its_definition_has_nothing_to_do() -> None:
    assert reasons(DEMO, SETTLED) == ()


def test_a_bare_host_lacks_every_file() -> None:
    assert reasons(DEMO, NOTHING) == tuple(
        f"{path} is missing" for path in (MAIN.path, USERS.path, MAP.path)
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"files": without(MAIN.path)}, "/etc/demo/main.cf is missing"),
        ({"files": without(MAP.path)}, "/etc/demo/map.db is missing"),
        (
            {"files": {**SETTLED.files, MAIN.path: replace(on_host(MAIN), digest="0")}},
            "/etc/demo/main.cf differs",
        ),
        (
            {"files": {**SETTLED.files, USERS.path: replace(on_host(USERS), mode=0o644)}},
            "/etc/demo/users has mode or owner 644 root:dovecot",
        ),
        (
            {"files": {**SETTLED.files, USERS.path: replace(on_host(USERS), owner="nobody")}},
            "/etc/demo/users has mode or owner 640 nobody:dovecot",
        ),
        (
            {"files": {**SETTLED.files, MAP.path: replace(SETTLED.files[MAP.path], digest="0")}},
            "/etc/demo/map.db is not what was built",
        ),
        ({"built": {}}, "/etc/demo/map.db is not what was built"),
        (
            {"files": {**SETTLED.files, MAP.path: replace(SETTLED.files[MAP.path], mode=0o666)}},
            "/etc/demo/map.db has mode or owner 666 root:root",
        ),
        ({"fingerprint": ""}, "the last activation did not finish"),
        ({"fingerprint": "0" * 64}, "or ran with another definition"),
        ({"healthy": False}, "demo does not serve"),
    ],
)
def test_each_reason_to_act(changes: dict[str, Any], reason: str) -> None:
    (found,) = reasons(DEMO, replace(SETTLED, **changes))
    assert reason in found


@pytest.mark.parametrize(
    "changes",
    [
        {"files": (MAIN,)},
        {"files": (USERS, MAIN)},  # the order in which they become live counts
        {"files": (replace(MAIN, content=b"relay = no\n"), USERS)},
        {"files": (replace(MAIN, mode=0o600), USERS)},
        {"files": (replace(MAIN, owner="demo"), USERS)},
        {"files": (replace(MAIN, group="demo"), USERS)},
        {"files": (replace(MAIN, path="/etc/demo/other.cf"), USERS)},
        {"built": ()},
        {"built": (replace(MAP, mode=0o600),)},
        {"build": ":"},
        {"check": "true"},
        {"reload": "true"},
        {"health": "true"},
    ],
)
def test_the_fingerprint_changes_with_everything_that_decides(changes: dict[str, Any]) -> None:
    assert replace(DEMO, **changes).fingerprint != DEMO.fingerprint


def test_the_fingerprint_is_the_same_for_the_same_definition() -> None:
    assert replace(DEMO).fingerprint == DEMO.fingerprint


def staged(component: Component) -> dict[str, tarfile.TarInfo]:
    stdin = str(steps(component)[0].connector_arguments["_stdin"])
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(stdin))) as archive:
        return {member.name: member for member in archive.getmembers()}


def test_what_is_staged_is_for_its_owner_only_and_names_every_file_in_order() -> None:
    members = staged(DEMO)
    assert {member.mode for member in members.values()} == {0o600}
    assert "tree/etc/demo/main.cf" in members
    stdin = str(steps(DEMO)[0].connector_arguments["_stdin"])
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(stdin))) as archive:
        manifest = archive.extractfile("manifest")
        assert manifest is not None
        assert manifest.read().decode().splitlines() == [
            "built 644 root root /etc/demo/map.db",
            "file 644 root root /etc/demo/main.cf",
            "file 640 root dovecot /etc/demo/users",
        ]


def test_no_content_of_any_file_stands_in_a_command_or_in_what_is_printed_of_it() -> None:
    for command in steps(DEMO):
        for text in (command.get_raw_value(), command.get_masked_value(), repr(command)):
            assert "xyzzy-marker" not in text
            assert base64.b64encode(USERS.content).decode()[:12] not in text
    assert "xyzzy-marker" not in repr(DEMO)


def test_each_run_has_a_stage_of_its_own() -> None:
    first, second = (steps(DEMO)[2].get_raw_value() for _ in range(2))
    assert first != second


@pytest.mark.parametrize("name", ["", "Postfix", "post fix", "../x", "a/b", "$(x)", "-a"])
def test_a_name_that_is_no_word_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name for a component"):
        replace(DEMO, name=name)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/file",
        "etc/x",
        "/etc/x/",
        "/etc//x",
        "/etc/../x/y",
        "/etc/./x",
        "/etc/a b",
        "/etc/a\nb",
        "/etc/$(x)",
        "/etc/é",
        "/etc/..",
    ],
)
def test_a_path_that_shell_or_manifest_could_misread_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not an absolute path of plain characters"):
        ManagedFile(path=path, content=b"")
    with pytest.raises(ValueError, match="not an absolute path of plain characters"):
        BuiltFile(path=path)


@pytest.mark.parametrize("path", ["/etc/x", "/etc/a.b/..c", "/etc/x@y.service", "/etc/a:b+c"])
def test_a_plain_path_is_taken(path: str) -> None:
    assert ManagedFile(path=path, content=b"").path == path


@pytest.mark.parametrize("owner", ["", "root:root", "$(x)", "a b"])
def test_an_owner_that_is_no_word_is_refused(owner: str) -> None:
    with pytest.raises(ValueError, match="not an owner and group"):
        ManagedFile(path="/etc/x", content=b"", owner=owner)


def test_a_path_cannot_stand_twice_in_one_component() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        replace(DEMO, built=(BuiltFile(path=MAIN.path),))


OUTPUT = [
    f"fingerprint {DEMO.fingerprint}",
    "healthy",
    f"built {digest(b'map')}  /etc/demo/map.db",
    "access 644 root root /etc/demo/main.cf",
    "access 640 root dovecot /etc/demo/users",
    "access 644 root root /etc/demo/map.db",
    f"SHA256 (/etc/demo/main.cf) = {digest(MAIN.content)}",
    f"SHA256 (/etc/demo/users) = {digest(USERS.content)}",
    f"SHA256 (/etc/demo/map.db) = {digest(b'map')}",
]


def test_one_look_is_read_into_the_state() -> None:
    assert parse_state(OUTPUT) == SETTLED


def test_what_a_login_shell_says_is_passed_over() -> None:
    noise = ["", "  ", "Welcome", "access 999 a b /d", "built", "access", "fingerprint "]
    assert parse_state([*noise, *OUTPUT]) == SETTLED


@given(
    st.lists(
        st.one_of(st.text(max_size=30), st.sampled_from(["access ", "built ", "fingerprint "])).map(
            lambda word: word + " x y"
        )
    )
)
def test_any_output_is_read_without_a_crash(output: list[str]) -> None:
    parse_state(output)
    FileContents().process(["Welcome", ""])


def test_what_changes_is_shown_by_line_and_of_a_secret_only_that_it_changes() -> None:
    assert list(unified(MAIN, b"relay = no\n")) == [
        "--- /etc/demo/main.cf",
        "+++ /etc/demo/main.cf (new)",
        "@@ -1 +1 @@",
        "-relay = no",
        "+relay = yes",
    ]
    (line,) = unified(USERS, b"alice:xyzzy-marker-before\n")
    assert line == "/etc/demo/users changes; it holds secrets and is not shown"


def test_contents_are_read_from_one_line_a_file() -> None:
    output = ["content /etc/a QUJD", "content /etc/empty ", "Welcome to smtp"]
    assert FileContents().process(output) == {"/etc/a": b"ABC", "/etc/empty": b""}


def test_an_archive_is_the_same_for_the_same_members() -> None:
    members = (Member(name="tree/etc/ä", content=b"x"), Member(name="b", content=b"", mode=0o644))
    assert pack(members) == pack(members)
    assert pack(members) != pack(members[:1])
