"""What the checks of logging in and of who may send are, and what they find, in both languages."""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.findings.verdict import Check

AUTH_OFFERED = Check(
    id="auth-offered",
    title=Text("PLAIN and LOGIN are offered where customers log in", "提供 PLAIN 與 LOGIN 登入"),
)
AUTH_ONLY_INSIDE = Check(
    id="auth-only-where-allowed",
    title=Text("nobody can log in where that is not allowed", "不允許登入的地方無法登入"),
)
WRONG_REFUSED = Check(
    id="wrong-password-refused", title=Text("a wrong password is refused", "錯誤密碼會被拒絕")
)
PLAIN_ACCEPTED = Check(
    id="password-accepted-plain",
    title=Text("the account logs in by AUTH PLAIN", "帳號可用 AUTH PLAIN 登入"),
)
LOGIN_ACCEPTED = Check(
    id="password-accepted-login",
    title=Text("the account logs in by AUTH LOGIN", "帳號可用 AUTH LOGIN 登入"),
)
RELAY_CLOSED = Check(
    id="relay-closed",
    title=Text("strangers cannot send through it", "未登入的人無法透過它寄信"),
)
FOREIGN_REFUSED = Check(
    id="foreign-sender-refused",
    title=Text("the account cannot send as somebody else", "帳號不能冒用他人寄件"),
)

_OBSERVED = Text("{observed}", "{observed}")

AUTH_MISSING = FindingKind(
    id="auth-missing",
    severity=Severity.ERROR,
    text=Text(
        "customers cannot log in: {missing} is not offered", "客戶無法登入：沒有提供 {missing}"
    ),
    expected=Text("AUTH PLAIN LOGIN (the guide, section 3)", "AUTH PLAIN LOGIN（指南第 3 節）"),
    observed=_OBSERVED,
    remedy=Text(
        "switch AUTH on for port {port}, with PLAIN and with LOGIN for old Outlook",
        "請在連接埠 {port} 啟用 AUTH，包含 PLAIN，以及舊版 Outlook 需要的 LOGIN",
    ),
)
AUTH_BEFORE_TLS = FindingKind(
    id="auth-before-tls",
    severity=Severity.ERROR,
    text=Text(
        "AUTH is offered before TLS on port {port}: passwords travel readable for everybody on the"
        " way",
        "連接埠 {port} 在加密前就提供 AUTH：密碼會以可讀的形式經過網路",
    ),
    expected=Text("AUTH only inside TLS", "只在加密後提供 AUTH"),
    observed=_OBSERVED,
    remedy=Text(
        "require TLS before AUTH (Postfix: smtpd_tls_auth_only = yes for this listener)",
        "請要求加密後才能登入（Postfix：此連接埠 smtpd_tls_auth_only = yes）",
    ),
)
AUTH_EARLY = FindingKind(
    id="auth-accepted-before-tls",
    severity=Severity.ERROR,
    text=Text(
        "the server checks a password before TLS, although it does not offer AUTH there",
        "伺服器在加密前就檢查密碼，雖然沒有宣告 AUTH",
    ),
    expected=Text("530 or 538: TLS first (RFC 4954 6)", "530 或 538：須先加密（RFC 4954 6）"),
    observed=_OBSERVED,
    remedy=AUTH_BEFORE_TLS.remedy,
)
ANY_PASSWORD = FindingKind(
    id="any-password-accepted",
    severity=Severity.ERROR,
    text=Text("the server accepts a password that is wrong", "伺服器接受錯誤的密碼"),
    expected=Text("535 (RFC 4954 6)", "535（RFC 4954 6）"),
    observed=_OBSERVED,
    remedy=Text(
        "take the server from the network until its password check works: anybody can send",
        "請先把伺服器下線，修好密碼檢查：現在任何人都能寄信",
    ),
)
PASSWORD_REFUSED = FindingKind(
    id="password-refused",
    severity=Severity.ERROR,
    text=Text("the account cannot log in by AUTH {mechanism}", "帳號無法以 AUTH {mechanism} 登入"),
    expected=Text("235", "235"),
    observed=_OBSERVED,
    remedy=Text(
        "check login and password on the platform; if other listeners accept them, look into this"
        " one's AUTH",
        "請在平台確認帳號與密碼；若其他連接埠可登入，請檢查此連接埠的 AUTH 設定",
    ),
)
OPEN_RELAY = FindingKind(
    id="open-relay",
    severity=Severity.ERROR,
    text=Text(
        "anybody can send to anybody through this server without logging in ({forms})",
        "任何人不必登入就能透過這台伺服器寄信給任何人（{forms}）",
    ),
    expected=Text("5xx to RCPT from strangers", "未登入者的 RCPT 得到 5xx"),
    observed=_OBSERVED,
    remedy=Text(
        "close it at once (Postfix: smtpd_relay_restrictions = permit_sasl_authenticated, reject;"
        " mynetworks empty): block lists notice within hours",
        "請立刻關閉（Postfix：smtpd_relay_restrictions = permit_sasl_authenticated, reject；"
        "mynetworks 留空）：幾小時內就會被列入黑名單",
    ),
)
FOREIGN_ACCEPTED = FindingKind(
    id="foreign-sender-accepted",
    severity=Severity.ERROR,
    text=Text(
        "the account may send as an address that is not its own", "帳號可以用不屬於自己的地址寄信"
    ),
    expected=Text("553 to a sender that the account does not own", "非本帳號的寄件地址得到 553"),
    observed=_OBSERVED,
    remedy=Text(
        "bind senders to logins (Postfix: reject_sender_login_mismatch and"
        " smtpd_sender_login_maps)",
        "請限制帳號可用的寄件地址（Postfix：reject_sender_login_mismatch 與"
        " smtpd_sender_login_maps）",
    ),
)
