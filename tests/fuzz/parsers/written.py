"""What people write down or paste: customers' files, passwords, the error of a program."""

import codecs
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from omi_core.cli.smtp.password_file import read_password
from omi_core.errors import InputError, SettingsError
from omi_core.findings.finding import Finding
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.customers.files import load_customers
from omi_core.inventory.customers.may_send import said_senders
from omi_core.message.enforce import ControlMode
from omi_core.message.policy_form import read_policy, written_policy
from omi_core.probe.refusals.program_errors import explain_error
from omi_core.secret import Secret

HASH = "{SHA512-CRYPT}$6$abcdefgh$" + "Marker" * 14 + "ab"
RAISES_OF_FILES = (SettingsError,)
RAISES = (InputError,)
_SECRET = "AGFsaWNlAGNvcnJlY3QtaG9yc2U="  # as AUTH PLAIN says it
_ALIKE = (
    "shop.example",
    "SHOP.Example.",
    "store.example",
    "\u5546\u5e97.example",
    "xn--czrw28b.tw",
)
_TEXTS = (
    *_ALIKE,
    *("alice@shop.example", "@shop.example", "#a@shop.example", "a@b@shop.example", "@", ""),
    *("shop-alice", "Shop-Alice", "shop:alice", "-a", "a" * 65, "\u0130", "\uff53hop.example"),
    *("a\\nb", "a\\u0000", "a\\u0085b", "a\\u202eb", "\\U0001F389", "\u3002example", "192.0.2.1"),
    *("xn--", "xn--a", "a" * 64 + ".example", "a." * 200 + "example", "*.example", "_a.example"),
    *("warn", "unlimited", "10 MiB", "9999999999 GiB", "NotTrackOpen", "unpaid since October"),
    *(HASH, HASH[:-1], HASH + "\\n", "{PLAIN}Marker-Marker", "$6$Marker"),
)
_KEYS = (
    *("name", "domains", "account", "login", "password_hash", "senders", "limit", '"na\\nme"'),
    *("suspended", "next_hop", "control_headers", "limits", "launch", "may_set"),
    *("limits.mails_per_hour", "limits.message_size", "launch.X-LinkOption", "launch.X-JobName"),
    *("launch.X-SendOption", "may_set.X-LinkOption", "may_set.X-JobName", "launch.X-LaunchType"),
)
_OTHERS = ("5", "true", "[]", "{}", "1979-05-27", "inf", "[[]]", "{a = 1}", "-1", "1" * 4000)


@cache
def _directory() -> Path:
    made = Path(tempfile.mkdtemp(prefix="fuzz-"))
    made.chmod(0o700)
    return made


def _file(name: str, octets: bytes) -> Path:
    path = _directory() / name
    path.write_bytes(octets)
    path.chmod(0o600)
    return path


class _Choices:
    """What an input chooses, an octet a choice; a run of 0xFF takes octets as they are."""

    def __init__(self, octets: bytes) -> None:
        self._left = octets

    @property
    def is_over(self) -> bool:
        return not self._left

    def octet(self) -> int:
        head, self._left = self._left[:1], self._left[1:]
        return head[0] if head else 0

    def raw(self) -> str:
        length = self.octet() % 40
        piece, self._left = self._left[:length], self._left[length:]
        return piece.decode(errors="replace")


def toml_of(octets: bytes) -> bytes:
    """Return a customer's file with keys that exist, and values of every kind.

    What begins with `#` is a file already, so that TOML itself is tried too.
    """
    if octets[:1] == b"#":
        return octets
    choices = _Choices(octets)
    lines = ['name = "Shop"' if choices.octet() % 4 else f"name = {_value(choices)}"]
    lines.append(f"domains = {_list(choices, _ALIKE)}")
    while not choices.is_over:
        lines += _line(choices)
    return "\n".join(lines).encode(errors="replace") + b"\n"


def _line(choices: _Choices) -> Iterator[str]:
    kind = choices.octet()
    if kind < 0x60:
        yield "[[account]]"
        yield f"login = {_text(choices, _TEXTS)}" if kind & 1 else f'login = "a{kind}"'
        yield f'password_hash = "{HASH}"' if kind & 2 else f"password_hash = {_value(choices)}"
        yield f"senders = {_list(choices, _TEXTS)}"
    elif kind < 0xE0:
        yield f"{_KEYS[kind % len(_KEYS)]} = {_value(choices)}"
    else:
        yield choices.raw()


def _list(choices: _Choices, texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(_text(choices, texts) for _ in range(choices.octet() % 5)) + "]"


def _text(choices: _Choices, texts: tuple[str, ...]) -> str:
    kind = choices.octet()
    if kind == 0xFF:
        return json.dumps(choices.raw())
    if kind >= 0xF0:
        return _OTHERS[kind % len(_OTHERS)]
    return f'"{texts[kind % len(texts)]}"'


def _value(choices: _Choices) -> str:
    return _list(choices, _TEXTS) if choices.octet() % 3 == 0 else _text(choices, _TEXTS)


def read_customers(octets: bytes) -> tuple[Customer, ...]:
    _file("shop.toml", toml_of(octets))
    try:
        return load_customers(_directory())
    except SettingsError as error:
        _require_discreet(error)
        raise


def _require_discreet(error: SettingsError) -> None:
    assert "\n" not in str(error), "a sentence of several lines"
    if error.key.endswith("password_hash"):
        assert "Marker" not in str(error), "a hash that was refused is shown"


def judge_customers(octets: bytes, found: Any) -> None:
    del octets
    if found is None:
        return
    # What was written as a hash; the same text as a name or a login is one.
    hashes = [account.password_hash for one in found for account in one.accounts]
    assert "MarkerMarker" not in repr(hashes) + "".join(map(str, hashes))
    logins = [account.login for one in found for account in one.accounts]
    assert len({login.lower() for login in logins}) == len(logins)
    for login in logins:
        # passwd-file(5) has colons and lines; postmap(1) has white space and comments
        assert not set(login) & set(":\n\r\t #\0") or "#" not in login
        assert login.isascii()
    for customer in found:
        assert customer.name.isprintable() or "\n" not in customer.name
        _judge_limits(customer.limits)
        for account in customer.accounts:
            said_senders(account.senders).to_json()
            assert account.senders
            assert {sender.domain for sender in account.senders} <= {*customer.domains}
            assert not any(set(str(each)) & set(" \t\n#") for each in account.senders)
            _judge_limits(account.limits)
            assert len(account.suspended) <= 300
            assert "\n" not in account.suspended
            policy = account.control.policy(ControlMode.REFUSE)
            assert all(0 <= mask < 1 << 32 for mask in policy.may_set.values())
            assert read_policy(json.loads(json.dumps(written_policy(policy)))) == policy


def _judge_limits(said: Mapping[str, int]) -> None:
    """As docs/limits.md states them; 0 is one that is lifted."""
    assert all(0 <= each <= 1_000_000_000 for each in said.values())


def read_a_password(octets: bytes) -> tuple[Secret, int]:
    file = _file("password", octets)
    try:
        return read_password(file), 0
    except InputError as error:
        # It is a sentence that could be said without looking into the file.
        shown = str(error).replace(str(file), "")
        assert shown in _SENTENCES, "it shows what it read"
        raise


_SENTENCES = {
    "'' is not UTF-8; store the password as UTF-8",
    "the first line of '' is empty; write the password there",
    "the first line of PosixPath('') is empty; write the password there",
}


def judge_password(octets: bytes, found: Any) -> None:
    if found is None:
        return
    written = found[0].unmask()
    assert written
    assert len(written.splitlines()) == 1
    assert "\0" not in written
    with suppress(UnicodeDecodeError):
        if octets[:3] == codecs.BOM_UTF8:
            assert written == octets.decode("utf-8-sig").splitlines()[0]
    assert repr(found[0]) == "Secret(*MASKED*)"


def read_error(octets: bytes) -> tuple[Finding, ...]:
    text = octets.decode(errors="replace")
    return explain_error(f"{text}\n-> AUTH PLAIN {_SECRET}\n", sender="a@shop.example")


def judge_error(octets: bytes, found: Any) -> None:
    del octets
    shown = [str(text) for one in found for text in (one.text, one.observed, one.remedy)]
    assert not any(_SECRET in text for text in shown), "what the program sent is shown"
    assert len({one.id for one in found}) == len(found)
    for one in found:
        observed = str(one.observed)
        assert len(observed) <= 310
        assert observed.isprintable()
