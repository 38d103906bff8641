"""FormerOption: what is taken over from a former launch (guide, appendix A 6).

The guide gives bare names; the notes say what the name says and no more.
"""

from omi_core.options.family import Family, Redundant, Shape
from omi_core.options.shapes import OptionFlags
from omi_core.text import Text


class FormerContent(OptionFlags):
    """Which parts of the content come from the former launch."""

    HTML = 1, "cFormerCTHtmlMask", Text("take over the HTML part")
    TEXT = 2, "cFormerCTTextMask", Text("take over the text part")
    ATTACHMENT = 4, "cFormerCTAttachmentMask", Text("take over the attachments")
    MERGE = 8, "cFormerCTMergeMask", Text("take over the merge settings")
    SUBJECT = 16, "cFormerCTSubjectMask", Text("take over the subject")
    FROM_DISPLAY = (
        32,
        "cFormerCTFromDisplayMask",
        Text("take over the From display name"),
    )
    REPLY_DISPLAY = (
        64,
        "cFormerCTReplyDisplayMask",
        Text("take over the Reply-To display name"),
    )
    TO_DISPLAY = (
        128,
        "cFormerCTToDisplayMask",
        Text("take over the To display name"),
    )


class FormerList(OptionFlags):
    """Which recipients of the former launch are addressed again."""

    UNKNOWN = 1, "cFormerLTUnknownMask", Text("go to those who did not open")
    OPEN = 2, "cFormerLTOpenMask", Text("go to those who opened")
    OPEN_NOT_CLICK = (
        4,
        "cFormerLTOpenNotClickMask",
        Text("go to those who opened and did not click"),
    )
    CLICK = 8, "cFormerLTClickMask", Text("go to those who clicked")
    FORWARD = 16, "cFormerLTForwardMask", Text("go to those who forwarded")
    FORWARD_OUT = (
        32,
        "cFormerLTForwardOutMask",
        Text("go to those whom it was forwarded out to"),
    )
    RETURN = 64, "cFormerLTReturnMask", Text("go to those whose mail was returned")
    REPLY = 128, "cFormerLTReplyMask", Text("go to those who replied")
    UNSUBSCRIBE = (
        256,
        "cFormerLTUnsubscribeMask",
        Text("go to those who unsubscribed"),
    )
    SUBSCRIBE = 512, "cFormerLTSubscribeMask", Text("go to those who subscribed")
    CONTACT = 1024, "cFormerLTContactMask", Text("go to those who made contact")
    SEND_ERROR = (
        2048,
        "cFormerLTSendErrorMask",
        Text("go to those whose sending failed"),
    )
    CLICK_NOT_OPEN = (
        4096,
        "cFormerLTClickNotOpenMask",
        Text("go to those who clicked and did not open"),
    )


FORMER_CONTENT = Family(
    key="former-content",
    title="FormerOption (content)",
    section="6a",
    about=Text("what is taken over from a former launch"),
    subject=Text("The message"),
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
    about=Text("who of a former launch is addressed again"),
    subject=Text("The message"),
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
