"""What the checks of mail going through are, and what they find, in both languages."""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.findings.verdict import Check

SIZE = Check(
    id="size-limit",
    title=Text("a size limit is announced and kept", "有宣告並遵守信件大小上限"),
)
SMUGGLING = Check(
    id="smuggling-closed",
    title=Text("only <CR><LF>.<CR><LF> ends a message", "只有 <CR><LF>.<CR><LF> 能結束信件"),
)
ACCEPTED = Check(id="mail-accepted", title=Text("a test mail is accepted", "測試信被接受"))
ARRIVED = Check(id="mail-arrived", title=Text("the test mail arrives", "測試信送達"))
AUTHENTICATED = Check(
    id="mail-authenticated",
    title=Text("SPF, DKIM and DMARC pass at the receiver", "收件端 SPF、DKIM、DMARC 皆通過"),
)
INTACT = Check(
    id="mail-intact", title=Text("headers and text arrive unchanged", "標頭與內容沒有被改動")
)

_OBSERVED = Text("{observed}", "{observed}")

NO_LIMIT = FindingKind(
    id="size-not-announced",
    severity=Severity.WARNING,
    text=Text(
        "no size limit is announced, so clients learn it only after sending everything",
        "沒有宣告大小上限，用戶端要送完整封信才知道",
    ),
    expected=Text(
        "SIZE and a number in the answer to EHLO (RFC 1870)", "EHLO 回應中有 SIZE 與數字"
    ),
    observed=_OBSERVED,
    remedy=Text("set message_size_limit", "請設定 message_size_limit"),
)
OTHER_LIMIT = FindingKind(
    id="size-other",
    severity=Severity.ERROR,
    text=Text("the size limit is not the one of the inventory", "大小上限與清單不同"),
    expected=Text("SIZE {expected}", "SIZE {expected}"),
    observed=Text("SIZE {observed}", "SIZE {observed}"),
    remedy=Text("deploy the relay again", "請重新部署轉送主機"),
)
TOO_LARGE_TAKEN = FindingKind(
    id="size-not-kept",
    severity=Severity.ERROR,
    text=Text("mail larger than the announced limit is accepted", "超過宣告上限的信件被接受"),
    expected=Text("552 (RFC 1870 6.1)", "552（RFC 1870 6.1）"),
    observed=_OBSERVED,
    remedy=Text(
        "set message_size_limit on port {port}", "請在連接埠 {port} 設定 message_size_limit"
    ),
)
SMUGGLED = FindingKind(
    id="smuggling-open",
    severity=Severity.ERROR,
    text=Text(
        "{forms} ends a message too (CVE-2023-51764): a second mail with any sender can hide in a"
        " first one",
        "{forms} 也能結束信件（CVE-2023-51764）：一封信裡可以夾帶另一封冒名的信",
    ),
    expected=Text("only <CR><LF>.<CR><LF>", "只有 <CR><LF>.<CR><LF>"),
    observed=_OBSERVED,
    remedy=Text(
        "Postfix: smtpd_forbid_bare_newline = normalize (Debian 12 ships it off); others: update",
        "Postfix：smtpd_forbid_bare_newline = normalize（Debian 12 預設關閉）；其他軟體請更新",
    ),
)
REFUSED = FindingKind(
    id="mail-refused",
    severity=Severity.ERROR,
    text=Text("the server does not accept the test mail ({step})", "伺服器不接受測試信（{step}）"),
    expected=Text("250", "250"),
    observed=_OBSERVED,
    remedy=Text(
        "the usual reasons: the sender is not verified on the platform, or differs from the"
        " verified one; the server's words say more",
        "常見原因：寄件者尚未在平台驗證，或與驗證的地址不同；請看伺服器的說明",
    ),
)
DEFERRED = FindingKind(
    id="mail-deferred",
    severity=Severity.ERROR,
    text=Text(
        "the server asks to try again later ({step}); printers and scripts do not",
        "伺服器要求稍後再試（{step}）；印表機與程式不會重試",
    ),
    expected=Text("250", "250"),
    observed=_OBSERVED,
    remedy=Text(
        "switch greylisting off for customers who have logged in; else look why the server cannot"
        " take mail now",
        "請對已登入的客戶關閉灰名單；否則請查明伺服器暫時不收信的原因",
    ),
)
NOT_ARRIVED = FindingKind(
    id="mail-not-arrived",
    severity=Severity.ERROR,
    text=Text("the mail was accepted and did not arrive", "信件已被接受但沒有送達"),
    expected=Text("the mail in the mailbox", "信箱中有這封信"),
    observed=Text("nothing within {seconds} s; {number}", "{seconds} 秒內沒有；{number}"),
    remedy=Text(
        "look for {number} in the relay's log, and into the recipient's spam folder",
        "請在轉送主機的紀錄中查 {number}，並看收件者的垃圾信匣",
    ),
)
NOT_AUTHENTICATED = FindingKind(
    id="mail-not-authenticated",
    severity=Severity.ERROR,
    text=Text(
        "the receiver could not authenticate the mail: {failed}; Gmail and Yahoo reject such mail",
        "收件端驗證未通過：{failed}；Gmail 與 Yahoo 會拒收或歸為垃圾信",
    ),
    expected=Text("spf=pass dkim=pass dmarc=pass", "spf=pass dkim=pass dmarc=pass"),
    observed=_OBSERVED,
    remedy=Text(
        "compare the sender domain's DNS with `omi dns records {domain}`",
        "請用 `omi dns records {domain}` 比對寄件網域的 DNS",
    ),
)
NO_RESULTS = FindingKind(
    id="mail-without-results",
    severity=Severity.WARNING,
    text=Text(
        "the receiver wrote no Authentication-Results (RFC 8601), so nothing is known",
        "收件端沒有寫入 Authentication-Results（RFC 8601），無法得知驗證結果",
    ),
    expected=Text("an Authentication-Results header", "Authentication-Results 標頭"),
    observed=Text("none", "沒有"),
    remedy=Text("send to a mailbox whose server writes them", "請寄到會寫入這個標頭的信箱再試"),
)
CHANGED = FindingKind(
    id="mail-changed",
    severity=Severity.ERROR,
    text=Text("the mail was changed on its way: {parts}", "信件在途中被改動：{parts}"),
    expected=Text("the same headers and the same text", "標頭與內容相同"),
    observed=_OBSERVED,
    remedy=Text(
        "look which filter rewrites mail: a change after signing also breaks DKIM",
        "請查明哪個過濾程式改寫信件：簽章後的改動也會使 DKIM 失效",
    ),
)
