"""A bought certificate is checked as a whole before any relay hears of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from omi_core.certificates.chain import Chain, utc_now
from omi_core.certificates.issuer import Request
from omi_core.certificates.issuers.files import ProvidedIssuer
from omi_core.errors import InputError
from omi_core.inventory.issuers import ProvidedFiles
from omi_core.names import Fqdn
from tests.unit.certificates.authorities import KEY, MIDDLE, OTHER_KEY, ROOT, leaf, private

NAMES = ("smtp.itpison.com", "smtp2.itpison.com")


class Bought:
    """Three files as a CA's shop hands them out: the chain, the key, the root."""

    def __init__(self, directory: Path) -> None:
        self.chain, self.key = directory / "chain.pem", directory / "relay.key"
        self.root = directory / "root.pem"
        self.root.write_bytes(Chain(certificates=(ROOT,)).pem)
        self.holds(NAMES)
        self.key.touch(0o600)
        self.key.write_bytes(private())

    def holds(self, names: tuple[str, ...]) -> None:
        self.chain.write_bytes(Chain(certificates=(leaf(*names, now=utc_now()), MIDDLE)).pem)

    def issue(self) -> Chain:
        files = ProvidedFiles(chain_file=self.chain, key_file=self.key, root_file=self.root)
        names = tuple(Fqdn.parse(name) for name in NAMES)
        issuer = ProvidedIssuer(settings=files)
        issued = issuer.issue(Request(place="smtp", names=names, pem=b""))
        assert issuer.private_key.unmask() == self.key.read_text()
        return issued


def with_password(bought: Bought) -> None:
    hidden = BestAvailableEncryption(b"open sesame")
    bought.key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))


FAULTS: dict[str, tuple[Callable[[Bought], object], str]] = {
    "no chain": (lambda b: b.chain.unlink(), "chain.pem cannot be read: No such file"),
    "no key": (lambda b: b.key.unlink(), "relay.key cannot be read: No such file"),
    "junk for a key": (lambda b: b.key.write_text("junk"), "relay.key holds no private key in PEM"),
    "a password": (
        with_password,
        "relay.key: the private key is password-protected; store it without a password",
    ),
    "for all eyes": (
        lambda b: b.key.chmod(0o644),
        "relay.key can be read by others; run chmod 600 on it",
    ),
    "another key": (
        lambda b: b.key.write_bytes(private(OTHER_KEY)),
        "the private key is not the certificate's",
    ),
    "a name less": (lambda b: b.holds(NAMES[:1]), "smtp2.itpison.com is not covered"),
}


def test_a_certificate_that_is_right_is_handed_out_as_it_is(tmp_path: Path) -> None:
    bought = Bought(tmp_path)
    assert bought.issue().pem == bought.chain.read_bytes()


@pytest.mark.parametrize(("fault", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_sentence_that_names_the_file(
    tmp_path: Path, fault: Callable[[Bought], object], sentence: str
) -> None:
    bought = Bought(tmp_path)
    fault(bought)
    with pytest.raises(InputError) as error:
        bought.issue()
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
