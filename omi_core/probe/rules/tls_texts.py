"""The checks of TLS and certificates, and what they find of TLS.

What they find of a certificate is in `omi_core.certificates.texts`, as everywhere.
"""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

STARTTLS = Check(id="starttls-offered", title=Text.plain("STARTTLS"))
HANDSHAKE = Check(id="tls-handshake", title=Text("TLS handshake"))
VERSIONS = Check(id="tls-versions", title=Text("TLS versions"))
COVERS = Check(id="certificate-covers-name", title=Text("Names of the certificate"))
CHAIN = Check(id="certificate-chain", title=Text("Chain and issuer of the certificate"))
DAYS = Check(id="certificate-valid", title=Text("Validity period of the certificate"))
SAME = Check(id="certificate-same", title=Text("Certificates of all listeners of this address"))
DEPLOYED = Check(
    id="certificate-deployed", title=Text("Certificate served and certificate deployed")
)
RSA = Check(id="certificate-rsa", title=Text("Certificate for clients that know RSA alone"))
INJECTION = Check(id="starttls-injection", title=Text("STARTTLS injection test"))

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
STARTTLS_MASKED = FindingKind(
    id="starttls-masked",
    severity=Severity.ERROR,
    text=Text(
        "something between you and the server takes STARTTLS out of the session ({word} stands in"
        " its place), as firewalls do that inspect SMTP"
    ),
    expected=Text("250-STARTTLS in the answer to EHLO (RFC 3207)"),
    observed=_OBSERVED,
    remedy=Text(
        "have the owner of this network switch the inspection off (Cisco: no inspect esmtp), or use"
        " port 465; the server is not at fault"
    ),
)
STARTTLS_HERE = FindingKind(
    id="tls-at-once-not-here",
    severity=Severity.ERROR,
    text=Text(
        "port {port} begins without TLS, and was tried with TLS from the first byte: 587 with"
        " implicit TLS"
    ),
    expected=Text("STARTTLS on {port}"),
    observed=_OBSERVED,
    remedy=Text("set STARTTLS for port {port} in the program, or use port 465 for TLS (SSL)"),
)
INTERCEPTED = FindingKind(
    id="certificate-intercepted",
    severity=Severity.ERROR,
    text=Text(
        "something between you and the server opens the encryption and shows a certificate of its"
        " own, issued by {issuer}"
    ),
    expected=Text("the server's own certificate"),
    observed=_OBSERVED,
    remedy=Text(
        "take mail out of what the virus scanner or firewall of this network inspects, or look from"
        " another network; the server is not at fault, and no password was sent"
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
RSA_MISSING = FindingKind(
    id="certificate-rsa-missing",
    severity=Severity.WARNING,
    text=Text(
        "clients that know RSA alone cannot set up TLS, as there is no RSA certificate: old"
        " printers, and PHP and Outlook on old Windows"
    ),
    expected=Text("an RSA certificate beside the one of another key"),
    observed=Text("the certificate's key: {key}; TLS 1.2 with RSA alone: {observed}"),
    remedy=Text(
        'serve one with an RSA key too (inventory: certificates(keys=("ecdsa", "rsa")); Postfix:'
        " both files in smtpd_tls_chain_files); until then such a device needs port 25 without"
        " encryption, where that is promised"
    ),
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
