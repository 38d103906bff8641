"""FormerOption: what is taken over from a former launch (guide, appendix A 6).

The guide gives bare names; the notes say what the name says and no more.
"""

from omi_core.findings.finding import Text
from omi_core.options.family import Family, Redundant, Shape
from omi_core.options.shapes import OptionFlags


class FormerContent(OptionFlags):
    """Which parts of the content come from the former launch."""

    HTML = 1, "cFormerCTHtmlMask", "take over the HTML part", "沿用 HTML 內容"
    TEXT = 2, "cFormerCTTextMask", "take over the text part", "沿用純文字內容"
    ATTACHMENT = 4, "cFormerCTAttachmentMask", "take over the attachments", "沿用附件"
    MERGE = 8, "cFormerCTMergeMask", "take over the merge settings", "沿用合併設定"
    SUBJECT = 16, "cFormerCTSubjectMask", "take over the subject", "沿用主旨"
    FROM_DISPLAY = (
        32,
        "cFormerCTFromDisplayMask",
        "take over the From display name",
        "沿用 From 顯示名稱",
    )
    REPLY_DISPLAY = (
        64,
        "cFormerCTReplyDisplayMask",
        "take over the Reply-To display name",
        "沿用 Reply-To 顯示名稱",
    )
    TO_DISPLAY = (
        128,
        "cFormerCTToDisplayMask",
        "take over the To display name",
        "沿用 To 顯示名稱",
    )


class FormerList(OptionFlags):
    """Which recipients of the former launch are addressed again."""

    UNKNOWN = 1, "cFormerLTUnknownMask", "go to those who did not open", "寄給未開信者"
    OPEN = 2, "cFormerLTOpenMask", "go to those who opened", "寄給已開信者"
    OPEN_NOT_CLICK = (
        4,
        "cFormerLTOpenNotClickMask",
        "go to those who opened and did not click",
        "寄給已開信但未點擊者",
    )
    CLICK = 8, "cFormerLTClickMask", "go to those who clicked", "寄給已點擊者"
    FORWARD = 16, "cFormerLTForwardMask", "go to those who forwarded", "寄給已轉寄者"
    FORWARD_OUT = (
        32,
        "cFormerLTForwardOutMask",
        "go to those whom it was forwarded out to",
        "寄給對外轉寄的對象",
    )
    RETURN = 64, "cFormerLTReturnMask", "go to those whose mail was returned", "寄給曾退信者"
    REPLY = 128, "cFormerLTReplyMask", "go to those who replied", "寄給已回覆者"
    UNSUBSCRIBE = (
        256,
        "cFormerLTUnsubscribeMask",
        "go to those who unsubscribed",
        "寄給已取消訂閱者",
    )
    SUBSCRIBE = 512, "cFormerLTSubscribeMask", "go to those who subscribed", "寄給已訂閱者"
    CONTACT = 1024, "cFormerLTContactMask", "go to those who made contact", "寄給曾聯絡者"
    SEND_ERROR = (
        2048,
        "cFormerLTSendErrorMask",
        "go to those whose sending failed",
        "寄給發送失敗者",
    )
    CLICK_NOT_OPEN = (
        4096,
        "cFormerLTClickNotOpenMask",
        "go to those who clicked and did not open",
        "寄給已點擊但未開信者",
    )


FORMER_CONTENT = Family(
    key="former-content",
    title="FormerOption (content)",
    section="6a",
    about=Text("what is taken over from a former launch", "沿用先前發送的哪些內容"),
    subject=Text("The message", "這封郵件"),
    shape=Shape.FLAGS,
    signed=True,
    prefix="cFormerCT",
    suffix="Mask",
    flags=FormerContent,
)

FORMER_LIST = Family(
    key="former-list",
    title="FormerOption (list)",
    section="6b",
    about=Text("who of a former launch is addressed again", "再次寄給先前發送的哪些對象"),
    subject=Text("The message", "這封郵件"),
    shape=Shape.FLAGS,
    signed=True,
    prefix="cFormerLT",
    suffix="Mask",
    flags=FormerList,
    rules=(
        Redundant(bit=FormerList.OPEN_NOT_CLICK, beside=FormerList.OPEN),
        Redundant(bit=FormerList.CLICK_NOT_OPEN, beside=FormerList.CLICK),
    ),
)
