"""Sentences that several judges say, in both languages."""

from omi_core.findings.finding import Text
from omi_core.smtp.fault import Fault, FaultKind
from omi_core.smtp.reply import Reply

_FAULTS = {
    FaultKind.REFUSED: Text("nobody listens ({detail})", "沒有伺服器接聽（{detail}）"),
    FaultKind.NO_ROUTE: Text(
        "this machine has no way there ({detail})", "這台電腦沒有路由可到（{detail}）"
    ),
    FaultKind.SILENT: Text("silence: {detail}", "沒有回應：{detail}"),
    FaultKind.DROPPED: Text("the connection ended: {detail}", "連線中斷：{detail}"),
    FaultKind.GARBLED: Text("no SMTP reply: {detail}", "不是 SMTP 回應：{detail}"),
    FaultKind.OVERSIZED: Text("too much: {detail}", "內容過長：{detail}"),
    FaultKind.PLAINTEXT: Text("{detail}", "伺服器仍以明文傳送（{detail}）"),
    FaultKind.TLS: Text("TLS failed: {detail}", "TLS 失敗：{detail}"),
    FaultKind.UNTRUSTED: Text("certificate not accepted: {detail}", "憑證不被接受：{detail}"),
    FaultKind.CANNOT_OFFER: Text(
        "this machine's TLS library cannot offer that ({detail})",
        "這台電腦的 TLS 程式庫無法嘗試（{detail}）",
    ),
}

NOT_REACHED = Text("not reached: an earlier step failed", "未進行：先前的步驟未通過")
NOT_FOR_THIS = Text("does not apply to this listener", "不適用於這個連接埠")
NO_TLS = Text("no TLS here", "此處不使用 TLS")
NO_ACCOUNT = Text("no account was given (--account)", "未提供帳號（--account）")
NO_SENDER = Text("no sender is known (--from)", "未提供寄件地址（--from）")
NO_RECIPIENT = Text("no recipient was given (--to)", "未提供收件地址（--to）")
NO_MAILBOX = Text(
    "no mailbox to look into was given (--maildir or --imap)",
    "未提供可查看的信箱（--maildir 或 --imap）",
)
NOT_IN_THE_CLEAR = Text(
    "the password is not sent without TLS unless --plaintext-auth or the inventory says so",
    "除非以 --plaintext-auth 或清單指定，否則不會未加密就送出密碼",
)
NOT_TO_A_STRANGER = Text(
    "the password was not sent, because the certificate is not accepted",
    "憑證不被接受，因此沒有送出密碼",
)
NOTHING_SEEN = Text("nobody could look", "無法查看")


def ended(fault: Fault | None) -> Text:
    """Say how a conversation ended early."""
    if fault is None:
        return NOTHING_SEEN
    return _FAULTS[fault.kind].format(detail=fault.detail)


def said(reply: Reply | None) -> Text:
    """Quote a reply; a long one is cut."""
    if reply is None:
        return Text("nothing", "沒有回應")
    text = str(reply)
    return Text.plain(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")


_LONGEST = 300
