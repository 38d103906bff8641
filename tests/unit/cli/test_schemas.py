"""Every `--json` is what its schema in the repository says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

Omi = Callable[..., Any]
SCHEMAS = Path(__file__).parents[3] / "omi_core/cli/schemas"
DOCUMENTS = {path.stem: json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")}
REGISTRY: Registry[Any] = Registry().with_resources(
    (f"{name}.json", Resource.from_contents(document)) for name, document in DOCUMENTS.items()
)
MESSAGE = (
    b"X-LinkOption: 64,128\nX-JobName: =?utf-8?b?5ris6Kmm?=\nX-SendOption: 7\n"
    b"X-NextLaunchTime: 2030-01-01 09:00\nX-LaunchType: 1\nX-ListOptions: 1\n\n"
)


def _validate(name: str, document: object) -> None:
    Draft202012Validator(DOCUMENTS[name], registry=REGISTRY).validate(document)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENTS[name])


@pytest.mark.parametrize(
    ("name", "arguments", "stdin"),
    [
        ("options-list", ["options", "list"], b""),
        ("options-list", ["options", "list", "send"], b""),
        ("options-decode", ["options", "decode", "link", "32832"], b""),
        ("options-decode", ["options", "decode", "job", "-1"], b""),
        ("options-decode", ["options", "decode", "link-type", "276"], b""),
        ("options-decode", ["options", "encode", "attach", "TrackLink"], b""),
        ("options-explain", ["options", "explain", "X-LinkOption: 192"], b""),
        ("options-explain", ["options", "explain", "X-LinkOption: x"], b""),
        ("options-explain", ["options", "explain", "X-NextLaunchTime: 2030-01-01 09:00"], b""),
        ("options-explain", ["options", "explain", "attach: 6"], b""),
        ("message-check", ["message", "check", "-"], MESSAGE),
        ("message-check", ["message", "check", "-"], b"From: a@example.com\n\n"),
        ("smtp-explain", ["smtp", "explain", "550 5.1.1 no such user"], b""),
        ("smtp-explain", ["smtp", "explain", "hello"], b""),
        ("account-hash", ["account", "hash"], "密碼是電池與訂書機".encode()),
    ],
)
def test_json_is_what_its_schema_says(
    name: str, arguments: list[str], stdin: bytes, omi: Omi
) -> None:
    _validate(name, json.loads(omi(*arguments, "--json", stdin=stdin).out))


def test_every_schema_has_a_command_or_is_shared() -> None:
    assert set(DOCUMENTS) == {
        "finding",
        "options-list",
        "options-decode",
        "options-explain",
        "message-check",
        "account-hash",
        "account-may",
        "smtp-verify",
        "smtp-send",
        "reply",
        "smtp-explain",
        "dns-plan",
        "cert-check",
        "cert-renew",
        "backup",
        "restore",
        "queue",
        "drift",
        "dns-records",
        "dns-verify",
        "dns-verify-line",
        "dns-verify-change",
        "customer-add",
        "customer-check",
        "customer-password",
        "customer-remove",
        "customer-suspend",
        "customer-file",
        "reputation",
    }
