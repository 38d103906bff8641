"""SendOption: by which medium a message goes out (guide, appendix A 5)."""

from omi_core.options.family import Family, Shape
from omi_core.options.shapes import OptionValue
from omi_core.text import Text


class SendOption(OptionValue):
    """One of five media orders, in the low four bits; it is not a set of flags."""

    SEND_MAIN_LIST_ONLY = (
        0,
        "cSDSendMainListOnly",
        Text("go out by e-mail only"),
    )
    SEND_MAIN_LIST_FIRST = (
        1,
        "cSDSendMainListFirst",
        Text("go out by e-mail first, then by SMS"),
    )
    SEND_SUB_LIST_FIRST = (
        2,
        "cSDSendSubListFirst",
        Text("go out by SMS first, then by e-mail"),
    )
    SEND_SUB_LIST_ONLY = 3, "cSDSendSubListOnly", Text("go out by SMS only")
    SEND_BOTH_LIST = (
        4,
        "cSDSendBothList",
        Text("go out by both e-mail and SMS"),
    )


SEND = Family(
    key="send",
    title="SendOption",
    section="5",
    about=Text("by which medium a message goes out"),
    subject=Text("The message"),
    shape=Shape.FIELD,
    header="X-SendOption",
    prefix="cSD",
    values=SendOption,
    mask=15,
    mask_constant="cSDSendListMask",
)
