"""`omi account hash`: from a password to what stands in a customer's file."""

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from passlib.hash import sha512_crypt

from omi_core.inventory.customers.password_hash import ROUNDS, parse_password_hash

Omi = Callable[..., Any]
ROOT = Path(__file__).parents[3]
PASSWORD = "correct horse 電池"
FORM = re.compile(
    rf"\{{SHA512-CRYPT\}}\$6\$rounds={ROUNDS}\$[./0-9A-Za-z]{{16}}\$[./0-9A-Za-z]{{86}}\n"
)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_a_password_on_stdin_becomes_a_hash_that_verifies(ending: bytes, omi: Omi) -> None:
    done = omi("account", "hash", stdin=PASSWORD.encode() + ending)

    assert done.code == 0
    assert FORM.fullmatch(done.out)
    assert parse_password_hash(done.out.strip()).unmask() == done.out.strip()
    assert sha512_crypt.verify(PASSWORD, done.out.strip().removeprefix("{SHA512-CRYPT}"))


def test_the_same_password_never_gives_the_same_hash(omi: Omi) -> None:
    first, second = (omi("account", "hash", stdin=b"long enough").out for _ in range(2))

    assert first != second


@pytest.mark.parametrize(
    ("piped", "reason"),
    [
        (b"", "the password is empty"),
        (b"\n", "the password is empty"),
        (b"a\nb\n", "control character"),
        (b"a\tb", "control character"),
        (b"a\x00b", "control character"),
        (b"\xff", "not UTF-8"),
        (b"short12", "fewer than 8 characters"),
        ("電池電池電池電".encode(), "fewer than 8 characters"),
        (b"12345678", "first that are guessed"),
        (b"Password1!", "first that are guessed"),
        (b"ji32k7au4a83", "first that are guessed"),
        (b"zzzzzzzzzz", "first that are guessed"),
        (b"xyxyxyxyxyxy", "first that are guessed"),
        (b"x" * 1001, "longer than 1000 octets"),
        (b"x" * 5_000_000, "longer than 1000 octets"),
    ],
)
def test_a_password_that_cannot_work_is_refused_and_not_shown(
    piped: bytes, reason: str, omi: Omi
) -> None:
    done = omi("account", "hash", stdin=piped)

    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert "xxx" not in done.err


@pytest.mark.parametrize(
    "password",
    ["shop-alice", "SHOP-ALICE", "ecila-pohs", "shop-alice1", "shop-alice2026", "shop-alice!"],
)
def test_a_password_that_is_the_login_is_refused_where_the_login_is_known(
    password: str, omi: Omi
) -> None:
    done = omi("account", "hash", "--login", "shop-alice", stdin=password.encode())

    assert (done.code, done.out) == (2, "")
    assert "the password is the login" in done.err
    assert password not in done.err


def test_the_local_part_of_a_login_is_the_login_too(omi: Omi) -> None:
    done = omi("account", "hash", "--login", "newsletter@shop.example", stdin=b"newsletter")

    assert done.code == 2


@pytest.mark.parametrize(
    ("password", "finding"),
    [
        ("correct horse battery", None),
        (PASSWORD, "password-not-ascii"),
        (" correct horse", "password-spaces"),
        ("correct horse ", "password-spaces"),
        ("correct horse " * 21 + "x" * 6, None),
        ("correct horse " * 21 + "x" * 7, "password-long"),
    ],
)
def test_what_mail_programs_cannot_send_is_warned_of(
    password: str, finding: str | None, omi: Omi
) -> None:
    plain = omi("account", "hash", stdin=password.encode())
    document = json.loads(omi("account", "hash", "--json", stdin=password.encode()).out)

    assert plain.code == 0
    assert [one["id"] for one in document["findings"]] == [finding] * bool(finding)
    assert ("warning: password:" in plain.err) is bool(finding)
    assert password.strip() not in plain.err


@pytest.mark.parametrize("argument", ["geheim", "--geheim"])
def test_a_password_as_an_argument_is_refused_and_not_shown(argument: str, omi: Omi) -> None:
    done = omi("account", "hash", argument)

    assert (done.code, done.out) == (2, "")
    assert "geheim" not in done.err
    assert "never as an argument" in done.err


def test_json_holds_the_hash(omi: Omi) -> None:
    document = json.loads(omi("account", "hash", "--json", stdin=b"long enough").out)

    assert FORM.fullmatch(document["hash"] + "\n")


def _on_a_terminal(*typed: str) -> tuple[int, str, str]:
    """Type at the prompts of `omi account hash`; return its code, stdout and the terminal."""
    leader, follower = pty.openpty()
    with (
        subprocess.Popen(
            [sys.executable, "-m", "omi_core.cli", "account", "hash"],
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=follower,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        ) as process,
        io.FileIO(leader, "r+") as terminal,
    ):
        os.close(follower)
        shown = b""
        for line in typed:
            while not shown.rstrip().endswith(b":"):
                shown += os.read(leader, 1000)
            terminal.write(line.encode() + b"\n")
            shown += b" typed "
        out = process.stdout.read() if process.stdout else b""
        code = process.wait(timeout=20)
        with suppress(OSError):  # a closed terminal has nothing more to say
            shown += os.read(leader, 1000)
    return code, out.decode(), shown.decode()


def test_a_prompt_asks_twice_and_shows_nothing_of_it() -> None:
    code, out, shown = _on_a_terminal("geheimnis", "geheimnis")

    assert code == 0
    assert sha512_crypt.verify("geheimnis", out.strip().removeprefix("{SHA512-CRYPT}"))
    assert "geheimnis" not in shown
    assert "Password" not in out
