"""DeliverType: how something is delivered, by JobType (guide, appendix A, end).

The guide numbers both tables from 0, and their enums differ by one capital letter, so a number
alone says nothing: JobType 2 is e-mail (EDeliveryType), JobType 1 is messages (eDeliveryType).
"""

from omi_core.findings.finding import Text
from omi_core.options.family import Family, Shape
from omi_core.options.shapes import HIGHEST, OptionValue


class DeliverTypeEmail(OptionValue):
    """DeliverType of a job whose JobType is 2."""

    EMAIL = 0, "eEmail", "be delivered as e-mail", "以電子郵件傳送"
    NEWS = 1, "eNews", "be delivered as news", "以新聞傳送"
    FAX = 100, "eFax", "be delivered as fax", "以傳真傳送"
    PAPER = 200, "ePaper", "be delivered as paper", "以紙本傳送"


class DeliverTypeMessage(OptionValue):
    """DeliverType of a job whose JobType is 1."""

    SMS = 0, "eSMS", "be delivered as SMS", "以簡訊傳送"
    MMS = 1, "eMMS", "be delivered as MMS", "以多媒體簡訊傳送"
    IM_MSN = 11, "eIM_MSN", "be delivered to MSN", "以 MSN 傳送"
    IM_SKYPE = 12, "eIM_Skype", "be delivered to Skype", "以 Skype 傳送"
    IM_YAHOO = 13, "eIM_Yahoo", "be delivered to Yahoo Messenger", "以 Yahoo 即時通傳送"
    APP_PUSH = 100, "eAppPush", "be delivered as an app's push message", "以 App 推播傳送"
    LINE_PUSH = 200, "eLinePush", "be delivered as a LINE push message", "以 LINE 推播傳送"
    WE_CHAT_PUSH = 300, "eWeChatPush", "be delivered as a WeChat push message", "以 WeChat 推播傳送"
    IG_PUSH = 400, "eIGPush", "be delivered as an Instagram push message", "以 Instagram 推播傳送"


DELIVER_TYPE_EMAIL = Family(
    key="deliver-type-email",
    title="DeliverType (JobType 2, EDeliveryType)",
    section="10, JobType=2",
    about=Text("how an e-mail job is delivered", "郵件工作的傳送方式"),
    subject=Text("The job", "這項工作"),
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
    about=Text("how a message job is delivered", "訊息工作的傳送方式"),
    subject=Text("The job", "這項工作"),
    shape=Shape.ENUMERATION,
    prefix="e",
    values=DeliverTypeMessage,
    mask=HIGHEST,
    job_type=1,
)
