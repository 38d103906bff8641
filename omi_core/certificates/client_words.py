"""What a customer's program says when it refuses a certificate, word for word.

Support matches a screenshot against these. PHP is 8.4 with OpenSSL 3, Python its ssl module,
Outlook the Windows one; OpenSSL's own texts are those of X509_verify_cert_error_string(3).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from omi_core.certificates.chain import Chain, covers
from omi_core.certificates.coverage import common_names
from omi_core.findings.finding import Finding
from omi_core.names import Fqdn
from omi_core.text import Text

_PHP_VERIFY = (
    "SSL operation failed with code 1. OpenSSL Error messages: error:0A000086:SSL routines::"
    "certificate verify failed"
)
_PYTHON = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {what}"
_NAME_OUTLOOK = Text(
    "The server you are connected to is using a security certificate that cannot be verified."
    " The target principal name is incorrect."
)
_TIME_OUTLOOK = Text(
    "A required certificate is not within its validity period when verifying against the current"
    " system clock or the timestamp in the signed file."
)
_ROOT_OUTLOOK = Text(
    "A certificate chain processed, but terminated in a root certificate which is not trusted by"
    " the trust provider."
)
_CHAIN_OUTLOOK = Text("A certificate chain could not be built to a trusted root authority.")

# By finding: what OpenSSL calls it, and what Outlook shows.
_REFUSALS = {
    "certificate-expired": ("certificate has expired", _TIME_OUTLOOK),
    "certificate-not-yet-valid": ("certificate is not yet valid", _TIME_OUTLOOK),
    "certificate-self-signed": ("self-signed certificate", _ROOT_OUTLOOK),
    "certificate-chain-incomplete": ("unable to get local issuer certificate", _CHAIN_OUTLOOK),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientWords:
    """What one program shows."""

    client: str
    words: Text

    def to_json(self) -> dict[str, object]:
        """Return the form of cli/schemas/cert-check.json."""
        return {"client": self.client, "words": self.words.to_json()}


def said_by_clients(finding: Finding, chain: Chain, name: Fqdn | None) -> tuple[ClientWords, ...]:
    """Return what PHP, Python and Outlook show for `finding`; nothing where they do not mind."""
    if finding.id == "certificate-other-name" and name is not None:
        return tuple(_name_words(chain, name))
    if finding.id in _REFUSALS:
        what, outlook = _REFUSALS[finding.id]
        return (
            ClientWords(client="PHP", words=Text.plain(_PHP_VERIFY)),
            ClientWords(client="Python", words=Text.plain(_PYTHON.format(what=what))),
            ClientWords(client="Outlook", words=outlook),
        )
    return ()


def _name_words(chain: Chain, name: Fqdn) -> Iterator[ClientWords]:
    for client, words in _php_words(chain, name):
        yield ClientWords(
            client=client, words=Text.plain(f"stream_socket_enable_crypto(): {words}")
        )
    mismatch = f"Hostname mismatch, certificate is not valid for '{name.relative}'."
    yield ClientWords(client="Python", words=Text.plain(_PYTHON.format(what=mismatch)))
    yield ClientWords(client="Outlook", words=_NAME_OUTLOOK)


def _php_words(chain: Chain, name: Fqdn) -> Iterator[tuple[str, str]]:
    """Yield what PHP 8.4 says, tried for each case, and what the customers' guide shows."""
    common = common_names(chain)
    by_name = f"Peer certificate CN=`{common[0] if common else ''}' did not match expected"
    if chain.names:
        yield (
            "PHP",
            f"Peer certificate subjectAltName did not match expected name `{name.relative}'",
        )
        if common and common[0] != name.relative:
            yield "PHP, older", f"{by_name} CN=`{name.relative}'"
    elif not common:
        yield "PHP", "Unable to locate peer certificate CN"
    elif not any(covers(one, name) for one in common):
        # Without subjectAltName PHP still takes the common name, where others refuse.
        yield "PHP", f"{by_name} CN=`{name.relative}'"
