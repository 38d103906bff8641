"""Anybody can encrypt to a recipient; only who holds the identity can read it."""

from pathlib import Path

import pyrage
import pytest

from omi_core.backup.document import read, written
from omi_core.backup.sealed import opened, recipients_in, sealed
from omi_core.certificates.kept_files import write_new
from omi_core.errors import InputError
from omi_core.secret import Secret
from tests.unit.backup.made import backup

ALICE, BOB, EVE = (pyrage.x25519.Identity.generate() for _ in range(3))
TO = (str(ALICE.to_public()), str(BOB.to_public()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "relays.age"
    write_new(path, sealed(written(backup()), TO))
    return path


def identity(tmp_path: Path, key: object, mode: int = 0o600) -> Path:
    path = tmp_path / "key.txt"
    path.write_text(f"# created: today\n# public key: ...\n{key}\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("key", [ALICE, BOB])
def test_each_recipient_reads_the_whole_backup(file: Path, tmp_path: Path, key: object) -> None:
    assert read(opened(file, identity(tmp_path, key))) == backup()


def test_nobody_else_does(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="encrypted to others than"):
        opened(file, identity(tmp_path, EVE))


def test_no_octet_of_it_may_be_another_or_missing(file: Path, tmp_path: Path) -> None:
    whole, key = file.read_bytes(), identity(tmp_path, ALICE)
    header = whole.index(b"\n--- ")
    for damaged in (
        whole[:-1],
        whole[: header + 40],
        whole + b"x",
        whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
        whole[:60] + b"A" + whole[61:],
    ):
        file.write_bytes(damaged)
        with pytest.raises(InputError, match="cut off or damaged"):
            opened(file, key)


@pytest.mark.parametrize(
    "octets", [b"", b"hello", b"age-encryption.org/v1\n" + b"-> X25519 A\nA\n" * 100_000 + b"--- "]
)
def test_what_is_no_age_file_of_a_few_recipients_is_refused_unread(
    file: Path, tmp_path: Path, octets: bytes
) -> None:
    file.write_bytes(octets)
    with pytest.raises(InputError, match="no file that age has encrypted"):
        opened(file, identity(tmp_path, ALICE))


@pytest.mark.parametrize("text", ["", "AGE-SECRET-KEY-1BAD", str(ALICE)[:-1], "\xff" * 9])
def test_what_is_no_identity_is_refused_and_not_shown(
    file: Path, tmp_path: Path, text: str
) -> None:
    with pytest.raises(InputError, match="holds no age identity") as refused:
        opened(file, identity(tmp_path, text))
    assert not text or text not in str(refused.value)


def test_an_identity_that_others_can_read_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="chmod 600"):
        opened(file, identity(tmp_path, ALICE, 0o644))


def test_recipients_are_read_as_age_reads_them() -> None:
    assert recipients_in(["# ops", f"{TO[0]}\n\n# spare\n{TO[1]}", TO[0]]) == TO


def test_a_private_identity_in_their_place_is_refused_and_not_shown() -> None:
    with pytest.raises(InputError, match="private identity") as refused:
        recipients_in([str(ALICE)])
    assert str(ALICE) not in str(refused.value)


@pytest.mark.parametrize("words", [[], ["age1bad"], ["ssh-rsa AAAA"], list(TO) * 0 + ["# none"]])
def test_what_is_no_recipient_is_refused(words: list[str]) -> None:
    with pytest.raises(InputError):
        recipients_in(words)


def test_the_file_is_private_and_no_other_is_overwritten(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    with pytest.raises(InputError, match="File exists"):
        write_new(file, b"other")
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_nothing_of_a_key_is_in_it(file: Path) -> None:
    plain = written(backup()).unmask().encode()
    body = plain[plain.index(b"PRIVATE KEY-----\n") + 17 :][:32]
    assert body not in file.read_bytes()
    assert sealed(Secret("x"), TO) != sealed(Secret("x"), TO)
