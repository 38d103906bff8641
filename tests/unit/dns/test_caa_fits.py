"""CAA lets the issuer in use certify the relays, or is refused before it is published."""

from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.dns.operator import operator_of
from omi_core.errors import InputError
from omi_core.inventory.issuers import LETS_ENCRYPT, Acme, InternalCa, Issuer, ProvidedFiles
from omi_core.inventory.model import Environment, Policies
from omi_core.names import Address, Fqdn

PUBLIC = Acme(url=LETS_ENCRYPT, directory=Path("acme"))
OTHER = replace(PUBLIC, url="https://ca.example/dir", caa_identity="ca.example")
BOUGHT = ProvidedFiles(chain_file=Path("chain.pem"), key_file=Path("key.pem"))


def published_by(issuer: Issuer, *caa: str) -> tuple[str, ...]:
    name = Fqdn.parse("smtp.itpison.com")
    environment = Environment(
        operator_zone=Fqdn.parse("itpison.com"),
        public_names=(name,),
        postmaster=Address.parse("postmaster@itpison.com"),
        customers=(),
        issuer=issuer,
        policies=Policies(caa=caa),
    )
    return operator_of(environment, []).policies.caa


@pytest.mark.parametrize(
    ("issuer", "caa"),
    [
        (PUBLIC, ()),
        (PUBLIC, ("letsencrypt.org",)),
        (PUBLIC, ("ca.example", "letsencrypt.org")),
        (OTHER, ("ca.example",)),
        (replace(OTHER, caa_identity=""), ("another.example",)),
        (BOUGHT, ("ca.example",)),
        (InternalCa(directory=Path("ca")), ("ca.example",)),
    ],
)
def test_what_fits_or_cannot_be_known_is_published(issuer: Issuer, caa: tuple[str, ...]) -> None:
    assert published_by(issuer, *caa) == caa


@pytest.mark.parametrize(("issuer", "own"), [(PUBLIC, "letsencrypt.org"), (OTHER, "ca.example")])
def test_what_forbids_the_issuer_in_use_is_refused(issuer: Issuer, own: str) -> None:
    with pytest.raises(InputError, match=f"only another.example .* come from {own}: name it"):
        published_by(issuer, "another.example")
