"""The certificate of a relay that is gone is revoked where its issuer can, and once is enough."""

from pathlib import Path

import pytest

from omi_core.certificates.errors import IssuanceError
from omi_core.certificates.issuers.files import ProvidedIssuer
from omi_core.certificates.issuers.internal import InternalIssuer
from omi_core.inventory.issuers import InternalCa, ProvidedFiles
from tests.unit.certificates.authorities import chain
from tests.unit.certificates.issuers.test_acme import StandIn, ca, issuer

__all__ = ["ca"]


def test_an_acme_server_is_asked_by_the_account_that_ordered_it(
    ca: StandIn, tmp_path: Path
) -> None:
    ca.script.append((200, {}, b""))
    assert issuer(ca.url, tmp_path).revoke(chain())
    assert ca.asked == ["/newAccount", "/revokeCert"]


def test_one_that_is_revoked_already_is_no_failure(ca: StandIn, tmp_path: Path) -> None:
    ca.refuses(400, "alreadyRevoked", "it is")
    assert issuer(ca.url, tmp_path).revoke(chain())


def test_a_server_that_says_no_stops_the_run_in_a_sentence(ca: StandIn, tmp_path: Path) -> None:
    ca.refuses(403, "unauthorized", "not your certificate")
    with pytest.raises(IssuanceError, match="not your certificate"):
        issuer(ca.url, tmp_path).revoke(chain())


def test_a_ca_of_ones_own_and_a_bought_certificate_cannot_be_revoked_by_us(tmp_path: Path) -> None:
    files = ProvidedFiles(chain_file=tmp_path / "chain.pem", key_file=tmp_path / "key.pem")
    assert not ProvidedIssuer(settings=files).revoke(chain())
    assert not InternalIssuer(settings=InternalCa(directory=tmp_path)).revoke(chain())
