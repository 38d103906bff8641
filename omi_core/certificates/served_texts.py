"""What the checks of TLS and certificates are, and what they find, in both languages."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

STARTTLS = Check(id="starttls-offered", title=Text("STARTTLS is offered"))
HANDSHAKE = Check(id="tls-handshake", title=Text("TLS can be set up"))
VERSIONS = Check(
    id="tls-versions",
    title=Text("TLS 1.2 or 1.3 is accepted and nothing older"),
)
COVERS = Check(
    id="certificate-covers-name",
    title=Text("the certificate covers this name"),
)
CHAIN = Check(
    id="certificate-chain",
    title=Text("the certificate is issued by an authority that clients trust"),
)
DAYS = Check(
    id="certificate-valid",
    title=Text("the certificate is valid and will be for a while"),
)
SAME = Check(
    id="certificate-same",
    title=Text("all listeners of this address serve one certificate"),
)
DEPLOYED = Check(
    id="certificate-deployed",
    title=Text("the certificate is the one that was deployed"),
)
INJECTION = Check(
    id="starttls-injection",
    title=Text("nothing that was sent before the handshake counts after it"),
)

_OBSERVED = Text.plain("{observed}")

STARTTLS_MISSING = FindingKind(
    id="starttls-missing",
    severity=Severity.ERROR,
    text=Text("the server does not offer STARTTLS"),
    expected=Text("250-STARTTLS in the answer to EHLO (RFC 3207)"),
    observed=_OBSERVED,
    remedy=Text(
        "switch STARTTLS on for port {port} (Postfix: smtpd_tls_security_level = may, and a"
        " certificate)"
    ),
)
STARTTLS_REFUSED = FindingKind(
    id="starttls-refused",
    severity=Severity.ERROR,
    text=Text("the server offers STARTTLS and then refuses it"),
    expected=Text.plain("220"),
    observed=_OBSERVED,
    remedy=Text("look into the server's log: usually it cannot read its key or certificate"),
)
HANDSHAKE_FAILED = FindingKind(
    id="tls-handshake-failed",
    severity=Severity.ERROR,
    text=Text("TLS cannot be set up"),
    expected=Text("a TLS handshake that ends within seconds"),
    observed=_OBSERVED,
    remedy=Text(
        "look whether the server has a certificate and key and which TLS versions it accepts"
    ),
)
IN_THE_CLEAR = FindingKind(
    id="tls-in-the-clear",
    severity=Severity.ERROR,
    text=Text("where TLS has to begin the server goes on without encryption"),
    expected=Text("a TLS handshake"),
    observed=_OBSERVED,
    remedy=Text(
        "look for a proxy or firewall in between that takes TLS out, or a server that is not set"
        " to TLS on port {port}"
    ),
)
OLD_VERSION = FindingKind(
    id="tls-version-old",
    severity=Severity.ERROR,
    text=Text("the server accepts {versions}, which RFC 8996 forbids"),
    expected=Text("TLS 1.2 and 1.3 only"),
    observed=Text("accepted: {accepted}"),
    remedy=Text(
        "set the lowest version to TLS 1.2 (Postfix: smtpd_tls_protocols = >=TLSv1.2, and the same"
        " for smtpd_tls_mandatory_protocols)"
    ),
)
NEW_VERSION_MISSING = FindingKind(
    id="tls-version-1.2-missing",
    severity=Severity.WARNING,
    text=Text("the server does not accept TLS 1.2, which older Outlook and printers need"),
    expected=Text("TLS 1.2 and 1.3"),
    observed=Text("accepted: {accepted}"),
    remedy=Text("accept TLS 1.2 beside 1.3"),
)
NAME_NOT_COVERED = FindingKind(
    id="certificate-other-name",
    severity=Severity.ERROR,
    text=Text(
        "asked for {name}; the certificate covers {covered}; strict clients refuse to connect"
    ),
    expected=Text("{name} in subjectAltName"),
    observed=Text.plain("{covered}"),
    remedy=Text(
        "issue and serve a certificate with the name {name} on port {port}; never tell customers to"
        " switch verification off"
    ),
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
SELF_SIGNED = FindingKind(
    id="certificate-self-signed",
    severity=Severity.ERROR,
    text=Text("the certificate is signed by itself"),
    expected=NOT_TRUSTED.expected,
    observed=Text("{observed}; issuer: {issuer}"),
    remedy=Text("replace it by a certificate from an authority that clients trust"),
)
NOT_VALID_NOW = FindingKind(
    id="certificate-not-valid",
    severity=Severity.ERROR,
    text=Text("the certificate is not valid at this time"),
    expected=Text("a time between begin and end of the certificate"),
    observed=Text("valid from {begin} to {end}"),
    remedy=Text("renew the certificate and reload the server"),
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
INJECTED = FindingKind(
    id="starttls-injected",
    severity=Severity.ERROR,
    text=Text(
        "a command sent in the clear together with STARTTLS is carried out inside TLS"
        " (CVE-2011-0411): somebody on the way can put words into a customer's session"
    ),
    expected=Text("what came before the handshake is thrown away"),
    observed=_OBSERVED,
    remedy=Text("update the mail server"),
)
