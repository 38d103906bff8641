"""A backup comes back as it was, and whatever else a file says is refused in a sentence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.backup.contents import Backup, ControlFile
from omi_core.backup.document import MOST_KEYS, read, written
from omi_core.errors import InputError
from omi_core.secret import Secret
from tests.unit.backup.made import backup, key, private

PLAIN = written(backup()).unmask().encode()
HEAD, MANIFEST, PAYLOAD = PLAIN.split(b"\n", 2)


def test_a_backup_comes_back_as_it_was() -> None:
    assert read(PLAIN) == backup()


def test_one_of_a_new_inventory_without_any_key_comes_back_too() -> None:
    empty = Backup(made=0, inventory="x", zone=backup().zone, relays=backup().relays, keys=())
    assert read(written(empty).unmask().encode()) == empty


def changed(change: str, value: object) -> bytes:
    """The backup with one value of its manifest, at a path of keys and numbers, as `value`."""
    manifest: Any = json.loads(MANIFEST)
    *path, last = (int(word) if word.isdigit() else word for word in change.split("/"))
    place = manifest
    for word in path:
        place = place[word]
    place[last] = value
    return b"\n".join((HEAD, json.dumps(manifest).encode(), PAYLOAD))


@pytest.mark.parametrize(
    ("change", "value", "why"),
    [
        ("dkim/0/domain", "../../etc", "'../../etc'"),
        ("dkim/0/domain", "/etc/passwd", "'/etc/passwd'"),
        ("dkim/0/domain", 7, "a name in it is none"),
        ("dkim/0/selector", "omi1.key /etc/x", "none of ours"),
        ("dkim/0/selector", "omi1e", "is not that key"),
        ("dkim/0/public", "0" * 64, "omi1 of relay.example is not that key"),
        ("dkim/0/sha256", "0" * 64, "not what the manifest says"),
        ("dkim/0/size", 10**9, "no size that a key can have"),
        ("dkim/0/size", True, "a number in it is none"),
        ("dkim/0/size", -1, "a number in it is none"),
        ("dkim/0/marks", {"smtp.relay.example": {"signed": "$(id)"}}, "a number in it is none"),
        ("dkim/0/marks", {"smtp.relay.example": {"../x": 1}}, "remembers what no relay does"),
        ("dkim/0/marks", {"a b": {"signed": 1}}, "'a b'"),
        ("dkim/0/marks", [], "cannot be read"),
        ("files/0/kind", "/root/.ssh/authorized_keys", "cannot be read"),
        ("files/1/kind", "ca-key", "twice"),
        ("relays/0", "smtp\nx", "smtp"),
        ("relays", ["smtp.relay.example"] * 1001, "more than a relay can have"),
        ("made", 10**30, "a number in it is none"),
        ("zone", "x" * 300, "a name in it is none"),
        ("dkim", None, "cannot be read"),
    ],
)
def test_what_no_backup_says_is_refused(change: str, value: object, why: str) -> None:
    with pytest.raises(InputError, match=r".") as refused:
        read(changed(change, value))
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "not a backup of Omi Relay"),
        (b"PK\x03\x04", "not a backup of Omi Relay"),
        (HEAD, "no manifest"),
        (b"omi-relay backup 2\n{}\n", "has format 2, and this version reads 1"),
        (b"omi-relay backup \xb2\n{}\n", "does not say its format"),
        (b"omi-relay backup 1\n" + b"[" * 1_000_000 + b"\n", "cannot be read"),
        (b"omi-relay backup 1\n" + b'{"dkim":' * 100_000 + b"\n", "cannot be read"),
        (PLAIN[:-1], "cut off"),
        (PLAIN + b"x", "more than its manifest names"),
        (PLAIN.replace(b"PRIVATE", b"PRIVATf", 1), "not what the manifest says"),
    ],
)
def test_what_is_cut_off_damaged_or_newer_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text)
    assert why in str(refused.value)


def test_more_keys_than_a_relay_can_have_are_refused_before_any_is_looked_at() -> None:
    with pytest.raises(InputError, match="more than a relay can have"):
        read(changed("dkim", [{}] * (MOST_KEYS + 1)))


@given(st.data())
def test_no_change_of_any_octet_makes_another_backup_of_it(data: st.DataObject) -> None:
    """It is refused in a sentence, or what it says of keys is the same."""
    at = data.draw(st.integers(0, len(PLAIN) - 1))
    octets = data.draw(st.binary(max_size=3))
    damaged = PLAIN[:at] + octets + PLAIN[at + data.draw(st.integers(0, 3)) :]
    try:
        found = {each.public for each in read(damaged).keys}
    except InputError:
        return
    assert found <= {each.public for each in backup().keys}


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["dkim", "files", "relays", "made", "zone", "inventory", "size"]), x
            )
        ),
        max_leaves=20,
    )
)
def test_no_manifest_is_more_than_refused(manifest: object) -> None:
    with pytest.raises(InputError):
        read(HEAD + b"\n" + json.dumps(manifest).encode() + b"\n")


def test_a_key_twice_is_refused() -> None:
    twice = written(backup(key("shop.example"), key("shop.example"))).unmask().encode()
    with pytest.raises(InputError, match="twice"):
        read(twice)


def test_nothing_of_a_private_key_is_shown() -> None:
    made = backup()
    pem, _ = private(0, "shop.example.omi1")
    body = pem.splitlines()[1]
    assert body in written(made).unmask()
    for shown in (repr(made), str(made), repr(written(made)), f"{made}"):
        assert body not in shown
    with pytest.raises(InputError) as refused:
        read(PLAIN.replace(b'"sha256": "', b'"sha256": "x'))
    assert body not in repr(refused.value.__dict__)


def test_a_key_in_a_file_of_the_control_machine_is_no_dkim_key() -> None:
    twice = backup(key("shop.example"))
    odd = Backup(
        made=1,
        inventory="x",
        zone=twice.zone,
        relays=twice.relays,
        keys=twice.keys,
        files={ControlFile.ACME_ACCOUNT: Secret("anything")},
    )
    assert read(written(odd).unmask().encode()).files == odd.files
