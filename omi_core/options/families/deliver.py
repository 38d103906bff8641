"""DeliverType: how something is delivered, by JobType (guide, appendix A, end).

The guide numbers both tables from 0, and their enums differ by one capital letter, so a number
alone says nothing: JobType 2 is e-mail (EDeliveryType), JobType 1 is messages (eDeliveryType).
"""

from omi_core.options.family import Family, Shape
from omi_core.options.shapes import HIGHEST, OptionValue
from omi_core.text import Text


class DeliverTypeEmail(OptionValue):
    """DeliverType of a job whose JobType is 2."""

    EMAIL = 0, "eEmail", Text("be delivered as e-mail")
    NEWS = 1, "eNews", Text("be delivered as news")
    FAX = 100, "eFax", Text("be delivered as fax")
    PAPER = 200, "ePaper", Text("be delivered as paper")


class DeliverTypeMessage(OptionValue):
    """DeliverType of a job whose JobType is 1."""

    SMS = 0, "eSMS", Text("be delivered as SMS")
    MMS = 1, "eMMS", Text("be delivered as MMS")
    IM_MSN = 11, "eIM_MSN", Text("be delivered to MSN")
    IM_SKYPE = 12, "eIM_Skype", Text("be delivered to Skype")
    IM_YAHOO = 13, "eIM_Yahoo", Text("be delivered to Yahoo Messenger")
    APP_PUSH = 100, "eAppPush", Text("be delivered as an app's push message")
    LINE_PUSH = 200, "eLinePush", Text("be delivered as a LINE push message")
    WE_CHAT_PUSH = 300, "eWeChatPush", Text("be delivered as a WeChat push message")
    IG_PUSH = 400, "eIGPush", Text("be delivered as an Instagram push message")


DELIVER_TYPE_EMAIL = Family(
    key="deliver-type-email",
    title="DeliverType (JobType 2, EDeliveryType)",
    section="10, JobType=2",
    about=Text("how an e-mail job is delivered"),
    subject=Text("The job"),
    shape=Shape.ENUMERATION,
    prefix="e",
    values=DeliverTypeEmail,
    mask=HIGHEST,
    job_type=2,
)

DELIVER_TYPE_MESSAGE = Family(
    key="deliver-type-message",
    title="DeliverType (JobType 1, eDeliveryType)",
    section="10, JobType=1",
    about=Text("how a message job is delivered"),
    subject=Text("The job"),
    shape=Shape.ENUMERATION,
    prefix="e",
    values=DeliverTypeMessage,
    mask=HIGHEST,
    job_type=1,
)
