"""A CA of one's own: whole or not at all, its key for nobody else, its certificates verify."""

import os
import stat
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from omi_core.certificates.chain import Chain
from omi_core.certificates.issuers.internal_ca import InternalCaFiles
from omi_core.errors import InputError
from omi_core.names import Fqdn

NAMES = tuple(Fqdn.parse(name) for name in ("smtp.itpison.com", "smtp2.itpison.com"))


def request(key: ec.EllipticCurvePrivateKey | None = None, name: str = "evil.example") -> bytes:
    """A request that asks for more than it gets."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def root_of(ca: InternalCaFiles) -> x509.Certificate:
    assert ca.root is not None
    return ca.root


def issued(directory: Path) -> Chain:
    return InternalCaFiles(directory).issue(request(), NAMES)


def test_looking_at_a_ca_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    assert InternalCaFiles(tmp_path / "ca").root is None
    assert not (tmp_path / "ca").exists()


def test_a_ca_is_made_once_and_goes_on_being_used(tmp_path: Path) -> None:
    first = issued(tmp_path / "ca")
    root = root_of(InternalCaFiles(tmp_path / "ca"))
    second = issued(tmp_path / "ca")
    assert root == root_of(InternalCaFiles(tmp_path / "ca"))
    assert first.issued_by(root)
    assert second.issued_by(root)
    assert first.leaf.serial_number != second.leaf.serial_number
    assert sorted(path.name for path in (tmp_path / "ca").iterdir()) == ["root.key", "root.pem"]


@pytest.mark.parametrize("name", NAMES)
def test_an_issued_certificate_verifies_for_each_name_by_two_implementations(
    tmp_path: Path, name: Fqdn
) -> None:
    chain = issued(tmp_path)
    store = Store([root_of(InternalCaFiles(tmp_path))])
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName(name.relative))
    assert verifier.verify(chain.leaf, list(chain.certificates[1:]))
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(chain.pem)
    root = str(tmp_path / "root.pem")
    options = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", name.relative]
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", root, *options, str(leaf)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_issued_certificate_holds_the_names_and_nothing_else_that_was_asked(
    tmp_path: Path,
) -> None:
    leaf = issued(tmp_path).leaf
    assert leaf.subject == x509.Name([])
    alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert alternative.critical
    assert alternative.value.get_values_for_type(x509.DNSName) == [n.relative for n in NAMES]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=91)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_key_is_readable_by_nobody_else_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        issued(tmp_path / "ca")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "ca" / "root.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700


def test_the_key_is_0600_from_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file that is opened for writing is looked at before anything is written."""
    modes: list[int] = []
    opened = os.open

    def watching(path: str, flags: int, mode: int = 0o777, **rest: int) -> int:
        descriptor = opened(path, flags, mode, **rest)
        if flags & os.O_CREAT:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", watching)
    before = os.umask(0)
    try:
        issued(tmp_path / "ca")
    finally:
        os.umask(before)
    assert modes == [0o600, 0o600]


def test_a_run_killed_between_key_and_root_is_repaired_with_the_same_key(tmp_path: Path) -> None:
    issued(tmp_path)
    key = (tmp_path / "root.key").read_bytes()
    old_root = root_of(InternalCaFiles(tmp_path))
    (tmp_path / "root.pem").unlink()
    chain = issued(tmp_path)
    assert (tmp_path / "root.key").read_bytes() == key
    assert chain.issued_by(root_of(InternalCaFiles(tmp_path)))
    assert chain.issued_by(old_root)


def test_a_run_killed_while_it_wrote_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", killed)
        with pytest.raises(KeyboardInterrupt):
            issued(tmp_path)
    assert not (tmp_path / "root.key").exists()
    assert issued(tmp_path).issued_by(root_of(InternalCaFiles(tmp_path)))


def test_of_two_runs_that_make_the_key_at_once_one_wins_and_both_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link
    other: list[Chain] = []

    def first_the_other(source: str, target: str) -> None:
        if not other:
            other.append(Chain(certificates=()))
            other[0] = issued(tmp_path)
        link(source, target)

    monkeypatch.setattr(os, "link", first_the_other)
    mine = issued(tmp_path)
    root = root_of(InternalCaFiles(tmp_path))
    assert mine.issued_by(root)
    assert other[0].issued_by(root)


def _pem(key: object, password: bytes | None = None) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _readable_by_others(directory: Path) -> None:
    (directory / "root.key").chmod(0o640)


def _key_lost(directory: Path) -> None:
    (directory / "root.key").unlink()


def _replaced_by(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda directory: _write(directory / name, content)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_readable_by_others, "root.key can be read by others; run chmod 600 on it"),
        (_key_lost, "put the key back"),
        (_replaced_by("root.key", b""), "holds no elliptic-curve key"),
        (_replaced_by("root.key", b"junk"), "holds no elliptic-curve key"),
        (
            _replaced_by("root.key", _pem(rsa.generate_private_key(65537, 2048))),
            "holds no elliptic-curve key",
        ),
        (
            _replaced_by("root.key", _pem(ec.generate_private_key(ec.SECP256R1()), b"password")),
            "without password",
        ),
        (
            _replaced_by("root.key", _pem(ec.generate_private_key(ec.SECP256R1()))),
            "root.pem is not the certificate of",
        ),
        (_replaced_by("root.pem", b"junk"), "root.pem holds no certificate in PEM"),
    ],
)
def test_a_ca_that_is_not_whole_is_one_sentence_and_never_replaced(
    tmp_path: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    issued(tmp_path)
    damage(tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match=sentence):
        issued(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"root\.key cannot be (read|written): "):
        issued(tmp_path / "file" / "ca")


def test_a_request_with_anothers_key_in_it_is_refused(tmp_path: Path) -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    victim = ec.generate_private_key(ec.SECP256R1())
    der = x509.load_pem_x509_csr(request(mine)).public_bytes(Encoding.DER)
    point, other = (
        key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        for key in (mine, victim)
    )
    assert point in der
    forged = x509.load_der_x509_csr(der.replace(point, other)).public_bytes(Encoding.PEM)
    with pytest.raises(InputError, match="not signed by its own key"):
        InternalCaFiles(tmp_path).issue(forged, NAMES)


@pytest.mark.parametrize("pem", [b"", b"junk", request()[:-60]])
def test_what_is_no_request_is_refused(tmp_path: Path, pem: bytes) -> None:
    with pytest.raises(InputError, match="no certificate request"):
        InternalCaFiles(tmp_path).issue(pem, NAMES)
