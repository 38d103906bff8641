"""ListOption: who of the recipient list gets a message (guide, appendix A 4)."""

from omi_core.findings.finding import Text
from omi_core.options.family import Contradiction, Family, Redundant, Shape
from omi_core.options.shapes import OptionFlags


class ListOption(OptionFlags):
    """Which recipients are kept or removed, and which address headers stay as they are."""

    KEEP_TO_HEADER = (
        1,
        "cLTKeepToHeader",
        "keep all To headers (the job's To)",
        "保留所有 To 標頭（工作的 To）",
    )
    KEEP_CC_HEADER = 2, "cLTKeepCcHeader", "keep all Cc headers", "保留所有 Cc 標頭"
    AUTO_ADJUST_INVALID_LIST = (
        8,
        "cLTAutoAdjustInvalidList",
        "mend an invalid list automatically",
        "自動修正無效的收件人清單",
    )
    NO_LINE_ESC = (
        16,
        "cLTNoLineEsc",
        "not use line escapes in the list",
        "不在收件人清單使用換行跳脫字元",
    )
    REMOVE_UNSUB = (
        32,
        "cLTRemoveUnsubMask",
        "remove recipients who unsubscribed",
        "移除已取消訂閱的收件人",
    )
    REMOVE_DUP = 64, "cLTRemoveDupMask", "remove duplicate recipients", "移除重複的收件人"
    REMOVE_BLACK = (
        128,
        "cLTRemoveBlackMask",
        "remove recipients on the blacklist",
        "移除黑名單上的收件人",
    )
    REMOVE_WHITE = (
        256,
        "cLTRemoveWhiteMask",
        "remove recipients on the whitelist",
        "移除白名單上的收件人",
    )
    REMOVE_RETURN = (
        512,
        "cLTRemoveReturnMask",
        "remove recipients whose mail was returned",
        "移除曾退信的收件人",
    )
    SAMPLE_LIST_ONLY = (
        1024,
        "cLTSampleListOnly",
        "go to the sample list only",
        "只寄給抽樣清單",
    )
    SAMPLE_AND_SEND_ALL = (
        2048,
        "cLTSampleAndSendAll",
        "go to the sample list and to everybody",
        "寄給抽樣清單與所有收件人",
    )
    CHECK_LIST_FILE_TYPE_FROM_LIST_CONTENT = (
        4096,
        "cLTCheckListFileTypeFromListContent",
        "tell the type of the list file from its content",
        "依內容判斷收件人清單的檔案類型",
    )
    NOT_EXPAND_TO_ADDRESS = (
        8192,
        "cLTNotExpandToAddress",
        'not add the list column "to" to the To list',
        "不把收件人清單的「to」欄位加入 To",
    )
    NOT_EXPAND_CC_ADDRESS = (
        16384,
        "cLTNotExpandCcAddress",
        'not add the list column "cc" to the Cc list',
        "不把收件人清單的「cc」欄位加入 Cc",
    )
    NOT_EXPAND_BCC_ADDRESS = (
        32768,
        "cLTNotExpandBccAddress",
        'not add the list column "bcc" to the Bcc list',
        "不把收件人清單的「bcc」欄位加入 Bcc",
    )
    BYPASS_ALL_LIST_PROCESS_FILTER = (
        65536,
        "cLTBypassAllListProcessFilter",
        "bypass all filtering and processing of the list and add the list to NewListPool",
        "略過收件人清單的所有過濾與處理，並把清單加入 NewListPool",
    )
    REMOVE_DELIVER = (
        131072,
        "cLTRemoveDeliverMask",
        "remove recipients whom it was delivered to already",
        "移除已送達的收件人",
    )
    REMOVE_RESPONSE = (
        262144,
        "cLTRemoveResponseMask",
        "remove recipients who responded",
        "移除已回應的收件人",
    )
    NOT_TO_REMOVE_SYSTEM_BLACK = (
        524288,
        "cLTNotToRemoveSystemBlackMask",
        "not remove recipients on the system's blacklist",
        "不移除系統黑名單上的收件人",
    )
    NOT_TO_REMOVE_SYSTEM_REMOVE_WHITE = (
        1048576,
        "cLTNotToRemoveSystemRemoveWhiteMask",
        "not remove recipients on the system's whitelist for removal",
        "不移除系統移除用白名單上的收件人",
    )


_BYPASSED = (
    ListOption.AUTO_ADJUST_INVALID_LIST,
    ListOption.REMOVE_UNSUB,
    ListOption.REMOVE_DUP,
    ListOption.REMOVE_BLACK,
    ListOption.REMOVE_WHITE,
    ListOption.REMOVE_RETURN,
    ListOption.REMOVE_DELIVER,
    ListOption.REMOVE_RESPONSE,
)
_IMPLIED = (ListOption.NOT_TO_REMOVE_SYSTEM_BLACK, ListOption.NOT_TO_REMOVE_SYSTEM_REMOVE_WHITE)
_BYPASS = ListOption.BYPASS_ALL_LIST_PROCESS_FILTER

LIST = Family(
    key="list",
    title="ListOption",
    section="4",
    about=Text("who of the recipient list gets a message", "收件人清單的處理與過濾"),
    subject=Text("The message", "這封郵件"),
    shape=Shape.FLAGS,
    header="X-ListOption",
    prefix="cLT",
    suffix="Mask",
    flags=ListOption,
    rules=(
        Contradiction(bit=ListOption.SAMPLE_LIST_ONLY, against=ListOption.SAMPLE_AND_SEND_ALL),
        *(Contradiction(bit=bypassed, against=_BYPASS) for bypassed in _BYPASSED),
        *(Redundant(bit=implied, beside=_BYPASS) for implied in _IMPLIED),
    ),
)
