"""What the checks of TLS and certificates are, and what they find, in both languages."""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.findings.verdict import Check

STARTTLS = Check(id="starttls-offered", title=Text("STARTTLS is offered", "提供 STARTTLS"))
HANDSHAKE = Check(id="tls-handshake", title=Text("TLS can be set up", "可以建立 TLS 加密"))
VERSIONS = Check(
    id="tls-versions",
    title=Text("TLS 1.2 or 1.3 is accepted and nothing older", "只接受 TLS 1.2 與 1.3"),
)
COVERS = Check(
    id="certificate-covers-name",
    title=Text("the certificate covers this name", "憑證涵蓋這個名稱"),
)
CHAIN = Check(
    id="certificate-chain",
    title=Text(
        "the certificate is issued by an authority that clients trust", "憑證由受信任的機構簽發"
    ),
)
DAYS = Check(
    id="certificate-valid",
    title=Text("the certificate is valid and will be for a while", "憑證有效且不會很快到期"),
)
SAME = Check(
    id="certificate-same",
    title=Text(
        "all listeners of this address serve one certificate", "此位址各連接埠使用同一張憑證"
    ),
)
DEPLOYED = Check(
    id="certificate-deployed",
    title=Text("the certificate is the one that was deployed", "使用的就是部署的那張憑證"),
)
INJECTION = Check(
    id="starttls-injection",
    title=Text(
        "nothing that was sent before the handshake counts after it", "加密前送出的指令在加密後無效"
    ),
)

_OBSERVED = Text("{observed}", "{observed}")

STARTTLS_MISSING = FindingKind(
    id="starttls-missing",
    severity=Severity.ERROR,
    text=Text("the server does not offer STARTTLS", "伺服器沒有提供 STARTTLS"),
    expected=Text("250-STARTTLS in the answer to EHLO (RFC 3207)", "EHLO 回應中有 250-STARTTLS"),
    observed=_OBSERVED,
    remedy=Text(
        "switch STARTTLS on for port {port} (Postfix: smtpd_tls_security_level = may, and a"
        " certificate)",
        "請在連接埠 {port} 啟用 STARTTLS（Postfix：smtpd_tls_security_level = may，並設定憑證）",
    ),
)
STARTTLS_REFUSED = FindingKind(
    id="starttls-refused",
    severity=Severity.ERROR,
    text=Text("the server offers STARTTLS and then refuses it", "伺服器宣告 STARTTLS 卻拒絕使用"),
    expected=Text("220", "220"),
    observed=_OBSERVED,
    remedy=Text(
        "look into the server's log: usually it cannot read its key or certificate",
        "請查看伺服器紀錄：通常是讀不到金鑰或憑證",
    ),
)
HANDSHAKE_FAILED = FindingKind(
    id="tls-handshake-failed",
    severity=Severity.ERROR,
    text=Text("TLS cannot be set up", "無法建立 TLS 加密"),
    expected=Text("a TLS handshake that ends within seconds", "數秒內完成 TLS 交握"),
    observed=_OBSERVED,
    remedy=Text(
        "look whether the server has a certificate and key and which TLS versions it accepts",
        "請檢查伺服器是否有憑證與金鑰，以及接受哪些 TLS 版本",
    ),
)
IN_THE_CLEAR = FindingKind(
    id="tls-in-the-clear",
    severity=Severity.ERROR,
    text=Text(
        "where TLS has to begin the server goes on without encryption",
        "應該開始加密時，伺服器仍以明文傳送",
    ),
    expected=Text("a TLS handshake", "TLS 交握"),
    observed=_OBSERVED,
    remedy=Text(
        "look for a proxy or firewall in between that takes TLS out, or a server that is not set"
        " to TLS on port {port}",
        "請檢查途中是否有移除加密的代理或防火牆，或連接埠 {port} 未設定為 TLS",
    ),
)
OLD_VERSION = FindingKind(
    id="tls-version-old",
    severity=Severity.ERROR,
    text=Text(
        "the server accepts {versions}, which RFC 8996 forbids",
        "伺服器接受 {versions}，RFC 8996 已禁用",
    ),
    expected=Text("TLS 1.2 and 1.3 only", "只有 TLS 1.2 與 1.3"),
    observed=Text("accepted: {accepted}", "接受：{accepted}"),
    remedy=Text(
        "set the lowest version to TLS 1.2 (Postfix: smtpd_tls_protocols = >=TLSv1.2, and the same"
        " for smtpd_tls_mandatory_protocols)",
        "請把最低版本設為 TLS 1.2（Postfix：smtpd_tls_protocols 與"
        " smtpd_tls_mandatory_protocols = >=TLSv1.2）",
    ),
)
NEW_VERSION_MISSING = FindingKind(
    id="tls-version-1.2-missing",
    severity=Severity.WARNING,
    text=Text(
        "the server does not accept TLS 1.2, which older Outlook and printers need",
        "伺服器不接受 TLS 1.2，較舊的 Outlook 與印表機會連不上",
    ),
    expected=Text("TLS 1.2 and 1.3", "TLS 1.2 與 1.3"),
    observed=Text("accepted: {accepted}", "接受：{accepted}"),
    remedy=Text("accept TLS 1.2 beside 1.3", "請同時接受 TLS 1.2 與 1.3"),
)
NAME_NOT_COVERED = FindingKind(
    id="certificate-other-name",
    severity=Severity.ERROR,
    text=Text(
        "asked for {name}; the certificate covers {covered}; strict clients refuse to connect",
        "連線到 {name}，但憑證涵蓋的是 {covered}；嚴格檢查的程式會拒絕連線",
    ),
    expected=Text("{name} in subjectAltName", "subjectAltName 中有 {name}"),
    observed=Text("{covered}", "{covered}"),
    remedy=Text(
        "issue and serve a certificate with the name {name} on port {port}; never tell customers to"
        " switch verification off",
        "請簽發含有 {name} 的憑證並用於連接埠 {port}；不要請客戶關閉憑證檢查",
    ),
)
ONLY_WILDCARD = FindingKind(
    id="certificate-only-wildcard",
    severity=Severity.WARNING,
    text=Text(
        "{name} is covered by a wildcard only, which some clients refuse (the guide, section 3.4)",
        "{name} 只由萬用字元憑證涵蓋，有些程式不接受（指南 3.4）",
    ),
    expected=Text("{name} in subjectAltName, written out", "subjectAltName 中完整寫出 {name}"),
    observed=Text("{covered}", "{covered}"),
    remedy=Text("issue a certificate that names {name} itself", "請簽發直接寫出 {name} 的憑證"),
)
NOT_TRUSTED = FindingKind(
    id="certificate-not-trusted",
    severity=Severity.ERROR,
    text=Text("clients do not trust the certificate's issuer", "用戶端不信任憑證的簽發者"),
    expected=Text(
        "a chain to an authority that clients know, intermediates included",
        "連到受信任根憑證的完整憑證鏈（含中繼憑證）",
    ),
    observed=Text("{observed}; issuer: {issuer}", "{observed}；簽發者：{issuer}"),
    remedy=Text(
        "serve the whole chain, leaf first, of a certificate from a public authority; for a CA of"
        " your own, name its root with --ca-file",
        "請使用公開機構簽發的憑證並送出完整憑證鏈；若是自有 CA，請以 --ca-file 指定根憑證",
    ),
)
SELF_SIGNED = FindingKind(
    id="certificate-self-signed",
    severity=Severity.ERROR,
    text=Text("the certificate is signed by itself", "憑證是自簽的"),
    expected=NOT_TRUSTED.expected,
    observed=Text("{observed}; issuer: {issuer}", "{observed}；簽發者：{issuer}"),
    remedy=Text(
        "replace it by a certificate from an authority that clients trust",
        "請換成受信任機構簽發的憑證",
    ),
)
NOT_VALID_NOW = FindingKind(
    id="certificate-not-valid",
    severity=Severity.ERROR,
    text=Text("the certificate is not valid at this time", "憑證目前無效"),
    expected=Text("a time between begin and end of the certificate", "現在時間在憑證有效期內"),
    observed=Text("valid from {begin} to {end}", "有效期 {begin} 到 {end}"),
    remedy=Text("renew the certificate and reload the server", "請更新憑證並重新載入伺服器"),
)
ENDS_SOON = FindingKind(
    id="certificate-ends-soon",
    severity=Severity.WARNING,
    text=Text("the certificate ends in {days} days", "憑證將在 {days} 天後到期"),
    expected=Text("at least {wanted} days left", "至少還有 {wanted} 天"),
    observed=Text("it ends on {end}", "到期日 {end}"),
    remedy=Text("see why it was not renewed, and renew it", "請查明為何沒有自動更新，並更新憑證"),
)
ANOTHER = FindingKind(
    id="certificate-differs",
    severity=Severity.ERROR,
    text=Text(
        "this listener serves another certificate than the others of this address",
        "這個連接埠的憑證與同一位址的其他連接埠不同",
    ),
    expected=Text("SHA-256 {expected}", "SHA-256 {expected}"),
    observed=Text("SHA-256 {observed}", "SHA-256 {observed}"),
    remedy=Text(
        "reload the server: it may still hold the previous certificate on port {port}",
        "請重新載入伺服器：連接埠 {port} 可能還在用舊憑證",
    ),
)
NOT_DEPLOYED = FindingKind(
    id="certificate-not-deployed",
    severity=Severity.ERROR,
    text=Text(
        "the server does not serve the certificate that was deployed", "伺服器使用的不是部署的憑證"
    ),
    expected=Text("SHA-256 {expected}", "SHA-256 {expected}"),
    observed=Text("SHA-256 {observed}", "SHA-256 {observed}"),
    remedy=Text("reload the server and verify again", "請重新載入伺服器後再檢查"),
)
INJECTED = FindingKind(
    id="starttls-injected",
    severity=Severity.ERROR,
    text=Text(
        "a command sent in the clear together with STARTTLS is carried out inside TLS"
        " (CVE-2011-0411): somebody on the way can put words into a customer's session",
        "與 STARTTLS 一起以明文送出的指令，在加密後被執行（CVE-2011-0411）：途中的人可竄改連線內容",
    ),
    expected=Text("what came before the handshake is thrown away", "交握前收到的資料應丟棄"),
    observed=_OBSERVED,
    remedy=Text("update the mail server", "請更新郵件伺服器軟體"),
)
