"""The public face of certificates, as an inspection tool writes it; mypy checks that it types."""

from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from cryptography import x509

from omi_core.certificates import (
    CertificateReport,
    CertificateRequirements,
    Chain,
    ClientWords,
    HeldCertificates,
    Standard,
    covers,
    inspect,
    judge,
    roots_in,
    why_issue,
    why_replace,
)
from omi_core.findings import Finding
from omi_core.names import Fqdn

now, name = datetime.now(UTC), Fqdn.parse("smtp.itpison.com")
chain = Chain.parse(Path("docs/examples/wildcard.pem").read_bytes())
assert_type(chain, Chain)
assert_type(chain.leaf, x509.Certificate)
assert_type(chain.names, tuple[str, ...])
assert_type(chain.fingerprint, str)
assert_type(covers("*.itpison.com", name), bool)

wanted = CertificateRequirements(names=(name,), roots=roots_in(), days=20)
assert_type(judge("smtp", chain, wanted, now), tuple[Finding, ...])
report = inspect("smtp", chain, wanted, now)
assert_type(report, CertificateReport)
assert_type(report.words, tuple[ClientWords, ...])
assert_type(report.to_json(), dict[str, object])

held = HeldCertificates(chains=(chain,), mark="")
assert_type(why_issue(held, Standard(names=(name,), kinds=None, mark=""), now), str | None)
assert_type(why_replace(None, [name], now), str | None)

Chain.parse("-----BEGIN CERTIFICATE-----")  # type: ignore[arg-type]
inspect("smtp", chain, wanted)  # type: ignore[call-arg]
Chain.no_such_thing  # type: ignore[attr-defined]  # noqa: B018
