"""What can be wrong with a certificate, in both languages.

What a served certificate shares with `omi smtp verify` is in `omi_core.certificates.served_texts`.
"""

from omi_core.findings.finding import FindingKind, Severity, Text

_ISSUED = Text("{observed}", "{observed}")

NOT_COVERED = FindingKind(
    id="certificate-other-name",
    severity=Severity.ERROR,
    text=Text(
        "asked for {name}; the certificate covers {covered}; {name} is not covered because {why}",
        "要連線的是 {name}；憑證涵蓋 {covered}；{name} 不在涵蓋範圍，因為{why}",
    ),
    expected=Text("{name} in subjectAltName", "subjectAltName 中有 {name}"),
    observed=Text("{covered}", "{covered}"),
    remedy=Text(
        "issue and serve a certificate that names {name} itself (deploys/certificates.py); never"
        " tell customers to switch verification off",
        "請簽發直接寫出 {name} 的憑證並啟用（deploys/certificates.py）；不要請客戶關閉憑證檢查",
    ),
)
EXPIRED = FindingKind(
    id="certificate-expired",
    severity=Severity.ERROR,
    text=Text("the certificate ended on {end}", "憑證已於 {end} 到期"),
    expected=Text("an end in the future", "到期日在未來"),
    observed=Text("valid from {begin} to {end}", "有效期 {begin} 到 {end}"),
    remedy=Text(
        "renew it (deploys/certificates.py), and see why that did not happen by itself",
        "請更新憑證（deploys/certificates.py），並查明為何沒有自動更新",
    ),
)
NOT_YET_VALID = FindingKind(
    id="certificate-not-yet-valid",
    severity=Severity.ERROR,
    text=Text("the certificate is valid only from {begin} on", "憑證自 {begin} 起才有效"),
    expected=Text("a begin in the past", "起始日在過去"),
    observed=Text("valid from {begin} to {end}", "有效期 {begin} 到 {end}"),
    remedy=Text(
        "look at the clocks of this machine and of the issuer, or serve the previous certificate",
        "請檢查本機與簽發者的時鐘，或先使用前一張憑證",
    ),
)
OTHER_KEY = FindingKind(
    id="certificate-other-key",
    severity=Severity.ERROR,
    text=Text("the private key is not the certificate's", "私鑰與憑證不相符"),
    expected=Text("public key {expected}", "公鑰 {expected}"),
    observed=Text("public key {observed}", "公鑰 {observed}"),
    remedy=Text(
        "put the key beside the certificate that was made for it, or ask for a new certificate",
        "請使用申請此憑證時的私鑰，或重新申請憑證",
    ),
)
OUT_OF_ORDER = FindingKind(
    id="certificate-chain-order",
    severity=Severity.ERROR,
    text=Text(
        "the chain is out of order, and strict clients refuse it (RFC 5246 7.4.2)",
        "憑證鏈的順序錯誤，嚴格的用戶端會拒絕（RFC 5246 7.4.2）",
    ),
    expected=Text(
        "the leaf first, then whoever signed it: {expected}",
        "先伺服器憑證，再依簽發順序：{expected}",
    ),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "sort the file: the certificate of the host, then each issuer",
        "請重新排序檔案：先主機憑證，再依序放簽發者",
    ),
)
INCOMPLETE = FindingKind(
    id="certificate-chain-incomplete",
    severity=Severity.ERROR,
    text=Text(
        "the chain ends at {last}, and its issuer {issuer} is neither sent nor known to clients",
        "憑證鏈止於 {last}，而其簽發者 {issuer} 未一併送出，用戶端也不認識",
    ),
    expected=Text(
        "every intermediate up to a root that clients trust", "到受信任根憑證為止的所有中繼憑證"
    ),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "add the certificate of {issuer} behind the leaf, or name the root with --ca-file if it is"
        " your own",
        "請在主機憑證之後加上 {issuer} 的憑證；若是自有 CA，請以 --ca-file 指定根憑證",
    ),
)
INTERMEDIATE_EXPIRED = FindingKind(
    id="certificate-intermediate-expired",
    severity=Severity.ERROR,
    text=Text(
        "the intermediate {which} ended on {end}, and the certificate is worth nothing with it",
        "中繼憑證 {which} 已於 {end} 到期，主機憑證因此無效",
    ),
    expected=Text("intermediates that are valid today", "中繼憑證都在有效期內"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "take the present intermediate from the authority's site, in the place of this one",
        "請至簽發機構網站下載目前的中繼憑證，取代這一張",
    ),
)
SELF_SIGNED = FindingKind(
    id="certificate-self-signed",
    severity=Severity.ERROR,
    text=Text("the certificate is signed by itself", "憑證是自簽的"),
    expected=Text("an issuer that clients trust", "受信任的簽發者"),
    observed=_ISSUED,
    remedy=Text(
        "replace it by one from an authority that clients trust (deploys/certificates.py)",
        "請換成受信任機構簽發的憑證（deploys/certificates.py）",
    ),
)
NOT_FOR_SERVERS = FindingKind(
    id="certificate-not-for-servers",
    severity=Severity.ERROR,
    text=Text(
        "the certificate is not meant for servers (RFC 5280 4.2.1.12)",
        "憑證的用途不含伺服器驗證（RFC 5280 4.2.1.12）",
    ),
    expected=Text("serverAuth among its purposes", "用途中有 serverAuth"),
    observed=_ISSUED,
    remedy=Text("ask for a TLS server certificate", "請申請 TLS 伺服器憑證"),
)
WEAK = FindingKind(
    id="certificate-weak",
    severity=Severity.ERROR,
    text=Text("{what} is too weak for clients of today", "{what} 過於薄弱，現今的用戶端不接受"),
    expected=Text(
        "SHA-256 or better, RSA of 2048 bits or P-256", "SHA-256 以上、RSA 2048 位元以上或 P-256"
    ),
    observed=_ISSUED,
    remedy=Text("issue a new certificate with a new key", "請以新的私鑰簽發新憑證"),
)
IS_AUTHORITY = FindingKind(
    id="certificate-is-authority",
    severity=Severity.ERROR,
    text=Text(
        "the first certificate is an authority's and not the host's",
        "第一張憑證屬於 CA，而不是主機",
    ),
    expected=Text("the leaf first", "主機憑證在最前面"),
    observed=_ISSUED,
    remedy=Text("put the certificate of the host first in the file", "請把主機憑證放在檔案最前面"),
)
