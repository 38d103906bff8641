"""Public keys that come from a file, or from relays that may not answer."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from omi_core.errors import InputError, ObservationError
from omi_core.inventory.model import Relay
from omi_core.inventory.parse import parse_relay
from omi_core.names import Fqdn
from omi_core.relay.dkim.keys import HostKey
from omi_core.relay.dkim.public import FACT, asked, sender_domain, written
from tests.unit.inventory.test_model import customer, environment

SHOP = Fqdn.parse("shop.example")
ENVIRONMENT = environment(customers=(customer("shop.example"),))
RELAYS: tuple[Relay, ...] = tuple(
    parse_relay("x.py:1", f"{name}.itpison.com", ipv4=ip, ipv6=None, environment=ENVIRONMENT)
    for name, ip in (("smtp", "192.0.2.1"), ("smtp2", "192.0.2.2"))
)
# SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 4)
SPKI = bytes.fromhex("302a300506032b6570032100") + b"k" * 32


def printed(*names: str) -> str:
    key = HostKey(digest="d", public=SPKI, signed=7).to_json()
    return json.dumps({FACT: {name: {"shop.example.omi1": key} for name in names}})


def test_what_the_fact_prints_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(printed("smtp2.itpison.com", "@local"))
    held = written(file, RELAYS)
    assert list(held) == ["smtp2.itpison.com"]
    domain = sender_domain(SHOP, ENVIRONMENT, held.values())
    assert str(domain.keys["omi1"]).endswith(base64.b64encode(b"k" * 32).decode())
    assert domain.selectors == ("omi1", "omi2")


def test_of_relays_that_disagree_the_first_one_is_right() -> None:
    other = HostKey(digest="e", public=SPKI[:-1] + b"x")
    first, second = (
        {"shop.example.omi1": other},
        {"shop.example.omi1": HostKey(digest="d", public=SPKI)},
    )
    made = sender_domain(SHOP, ENVIRONMENT, [first, second])
    assert made.keys == sender_domain(SHOP, ENVIRONMENT, [first]).keys


def test_a_withdrawn_slot_has_no_key_whatever_a_relay_still_holds() -> None:
    held = {"shop.example.omi1": HostKey(digest="d", public=SPKI)}
    made = sender_domain(SHOP, ENVIRONMENT, [held], withdrawn=("omi1",))
    assert made.keys == {}
    assert made.withdrawn == {"omi1"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[1]", json.dumps({FACT: 1}), json.dumps({FACT: {"smtp.itpison.com": [1]}})],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(InputError, match="does not hold what `fact omi_core"):
        written(file, RELAYS)


def test_a_file_of_other_relays_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(printed("elsewhere.example"))
    with pytest.raises(InputError, match="the keys of no relay of this inventory"):
        written(file, RELAYS)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        written(tmp_path / "missing", RELAYS)


@pytest.mark.parametrize(
    ("stdout", "stderr", "sentence"),
    [
        ("", "--> Loading\nNo hosts remaining!\n", "asked for their keys: No hosts remaining!"),
        (printed("smtp.itpison.com"), "x", "smtp2.itpison.com could not be asked for its keys: x"),
        ("{}", "", "it said nothing"),
    ],
)
def test_a_relay_that_does_not_answer_is_not_a_relay_without_keys(
    monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str, sentence: str
) -> None:
    said = subprocess.CompletedProcess([], 1, stdout.encode(), stderr.encode())
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)
    with pytest.raises(ObservationError, match=sentence):
        asked(Path("inventory.py"), RELAYS)


def test_relays_that_never_answer_end_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired(sys.executable, 1)

    monkeypatch.setattr(subprocess, "run", never)
    with pytest.raises(ObservationError, match="did not answer within 120 s"):
        asked(Path("inventory.py"), RELAYS)
