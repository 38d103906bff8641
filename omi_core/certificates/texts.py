"""What can be wrong with a certificate, in a file or at a listener."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.text import Text

_ISSUED = Text.plain("{observed}")

NOT_COVERED = FindingKind(
    id="certificate-other-name",
    severity=Severity.ERROR,
    text=Text(
        "asked for {name}; the certificate covers {covered}; {name} is not covered because {why}"
    ),
    expected=Text("{name} in subjectAltName"),
    observed=Text.plain("{covered}"),
    remedy=Text(
        "issue and serve a certificate that names {name} itself (deploys/certificates.py); never"
        " tell customers to switch verification off"
    ),
)
EXPIRED = FindingKind(
    id="certificate-expired",
    severity=Severity.ERROR,
    text=Text("the certificate ended on {end}"),
    expected=Text("an end in the future"),
    observed=Text("valid from {begin} to {end}"),
    remedy=Text("renew it (deploys/certificates.py), and see why that did not happen by itself"),
)
NOT_YET_VALID = FindingKind(
    id="certificate-not-yet-valid",
    severity=Severity.ERROR,
    text=Text("the certificate is valid only from {begin} on"),
    expected=Text("a begin in the past"),
    observed=Text("valid from {begin} to {end}"),
    remedy=Text(
        "look at the clocks of this machine and of the issuer, or serve the previous certificate"
    ),
)
OTHER_KEY = FindingKind(
    id="certificate-other-key",
    severity=Severity.ERROR,
    text=Text("the private key is not the certificate's"),
    expected=Text("public key {expected}"),
    observed=Text("public key {observed}"),
    remedy=Text(
        "put the key beside the certificate that was made for it, or ask for a new certificate"
    ),
)
OUT_OF_ORDER = FindingKind(
    id="certificate-chain-order",
    severity=Severity.ERROR,
    text=Text("the chain is out of order, and strict clients refuse it (RFC 5246 7.4.2)"),
    expected=Text("the leaf first, then each issuer: {expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text("sort the file: the certificate of the host, then each issuer"),
)
INCOMPLETE = FindingKind(
    id="certificate-chain-incomplete",
    severity=Severity.ERROR,
    text=Text(
        "the chain ends at {last}, and its issuer {issuer} is neither sent nor known to clients"
    ),
    expected=Text("every intermediate up to a root that clients trust"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "add the certificate of {issuer} behind the leaf, or name the root with --ca-file if it is"
        " your own"
    ),
)
INTERMEDIATE_EXPIRED = FindingKind(
    id="certificate-intermediate-expired",
    severity=Severity.ERROR,
    text=Text(
        "the intermediate {which} ended on {end}, and the certificate is worth nothing with it"
    ),
    expected=Text("intermediates that are valid today"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "take the present intermediate from the authority's site, in the place of this one"
    ),
)
SELF_SIGNED = FindingKind(
    id="certificate-self-signed",
    severity=Severity.ERROR,
    text=Text("the certificate is signed by itself"),
    expected=Text("an issuer that clients trust"),
    observed=_ISSUED,
    remedy=Text("replace it by one from an authority that clients trust (deploys/certificates.py)"),
)
NOT_FOR_SERVERS = FindingKind(
    id="certificate-not-for-servers",
    severity=Severity.ERROR,
    text=Text("the certificate is not meant for servers (RFC 5280 4.2.1.12)"),
    expected=Text("serverAuth among its purposes"),
    observed=_ISSUED,
    remedy=Text("ask for a TLS server certificate"),
)
WEAK = FindingKind(
    id="certificate-weak",
    severity=Severity.ERROR,
    text=Text("{what} is too weak for clients of today"),
    expected=Text("SHA-256 or better, RSA of 2048 bits or P-256"),
    observed=_ISSUED,
    remedy=Text("issue a new certificate with a new key"),
)
IS_AUTHORITY = FindingKind(
    id="certificate-is-authority",
    severity=Severity.ERROR,
    text=Text("the first certificate is an authority's and not the host's"),
    expected=Text("the leaf first"),
    observed=_ISSUED,
    remedy=Text("put the certificate of the host first in the file"),
)
ONLY_WILDCARD = FindingKind(
    id="certificate-only-wildcard",
    severity=Severity.WARNING,
    text=Text(
        "{name} is covered by a wildcard only, which some clients refuse (the guide, section 3.4)"
    ),
    expected=Text("{name} in subjectAltName, written out"),
    observed=Text.plain("{covered}"),
    remedy=Text("issue a certificate that names {name} itself"),
)
NOT_TRUSTED = FindingKind(
    id="certificate-not-trusted",
    severity=Severity.ERROR,
    text=Text("clients do not trust the certificate's issuer"),
    expected=Text("a chain to an authority that clients know, intermediates included"),
    observed=Text("{observed}; issuer: {issuer}"),
    remedy=Text(
        "serve the whole chain, leaf first, of a certificate from a public authority; for a CA of"
        " your own, name its root with --ca-file"
    ),
)
ENDS_SOON = FindingKind(
    id="certificate-ends-soon",
    severity=Severity.WARNING,
    text=Text("the certificate ends in {days} days"),
    expected=Text("at least {wanted} days left"),
    observed=Text("it ends on {end}"),
    remedy=Text("see why it was not renewed, and renew it"),
)
ANOTHER = FindingKind(
    id="certificate-differs",
    severity=Severity.ERROR,
    text=Text("this listener serves another certificate than the others of this address"),
    expected=Text.plain("SHA-256 {expected}"),
    observed=Text.plain("SHA-256 {observed}"),
    remedy=Text("reload the server: it may still hold the previous certificate on port {port}"),
)
NOT_DEPLOYED = FindingKind(
    id="certificate-not-deployed",
    severity=Severity.ERROR,
    text=Text("the server does not serve the certificate that was deployed"),
    expected=Text.plain("SHA-256 {expected}"),
    observed=Text.plain("SHA-256 {observed}"),
    remedy=Text("reload the server and verify again"),
)
