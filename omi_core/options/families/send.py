"""SendOption: by which medium a message goes out (guide, appendix A 5)."""

from omi_core.findings.finding import Text
from omi_core.options.family import Family, Shape
from omi_core.options.shapes import OptionValue


class SendOption(OptionValue):
    """One of five media orders, in the low four bits; it is no set of flags."""

    SEND_MAIN_LIST_ONLY = (
        0,
        "cSDSendMainListOnly",
        "go out by e-mail only",
        "只以電子郵件發送",
    )
    SEND_MAIN_LIST_FIRST = (
        1,
        "cSDSendMainListFirst",
        "go out by e-mail first, then by SMS",
        "先以電子郵件、再以簡訊發送",
    )
    SEND_SUB_LIST_FIRST = (
        2,
        "cSDSendSubListFirst",
        "go out by SMS first, then by e-mail",
        "先以簡訊、再以電子郵件發送",
    )
    SEND_SUB_LIST_ONLY = 3, "cSDSendSubListOnly", "go out by SMS only", "只以簡訊發送"
    SEND_BOTH_LIST = (
        4,
        "cSDSendBothList",
        "go out by both e-mail and SMS",
        "同時以電子郵件與簡訊發送",
    )


SEND = Family(
    key="send",
    title="SendOption",
    section="5",
    about=Text("by which medium a message goes out", "發送的管道"),
    subject=Text("The message", "這封郵件"),
    shape=Shape.FIELD,
    header="X-SendOption",
    prefix="cSD",
    values=SendOption,
    mask=15,
    mask_constant="cSDSendListMask",
)
