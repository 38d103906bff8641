"""ListOption: who of the recipient list gets a message (guide, appendix A 4)."""

from omi_core.options.family import Contradiction, Family, Redundant, Shape
from omi_core.options.shapes import OptionFlags
from omi_core.text import Text


class ListOption(OptionFlags):
    """Which recipients are kept or removed, and which address headers stay as they are."""

    KEEP_TO_HEADER = (
        1,
        "cLTKeepToHeader",
        Text("keep all To headers (the job's To)"),
    )
    KEEP_CC_HEADER = 2, "cLTKeepCcHeader", Text("keep all Cc headers")
    AUTO_ADJUST_INVALID_LIST = (
        8,
        "cLTAutoAdjustInvalidList",
        Text("mend an invalid list automatically"),
    )
    NO_LINE_ESC = (
        16,
        "cLTNoLineEsc",
        Text.within("will not", "use line escapes in the list"),
    )
    REMOVE_UNSUB = (
        32,
        "cLTRemoveUnsubMask",
        Text("remove recipients who unsubscribed"),
    )
    REMOVE_DUP = 64, "cLTRemoveDupMask", Text("remove duplicate recipients")
    REMOVE_BLACK = (
        128,
        "cLTRemoveBlackMask",
        Text("remove recipients on the blacklist"),
    )
    REMOVE_WHITE = (
        256,
        "cLTRemoveWhiteMask",
        Text("remove recipients on the whitelist"),
    )
    REMOVE_RETURN = (
        512,
        "cLTRemoveReturnMask",
        Text("remove recipients whose mail was returned"),
    )
    SAMPLE_LIST_ONLY = (
        1024,
        "cLTSampleListOnly",
        Text("go to the sample list only"),
    )
    SAMPLE_AND_SEND_ALL = (
        2048,
        "cLTSampleAndSendAll",
        Text("go to the sample list and to everybody"),
    )
    CHECK_LIST_FILE_TYPE_FROM_LIST_CONTENT = (
        4096,
        "cLTCheckListFileTypeFromListContent",
        Text("tell the type of the list file from its content"),
    )
    NOT_EXPAND_TO_ADDRESS = (
        8192,
        "cLTNotExpandToAddress",
        Text.within("will not", 'add the list column "to" to the To list'),
    )
    NOT_EXPAND_CC_ADDRESS = (
        16384,
        "cLTNotExpandCcAddress",
        Text.within("will not", 'add the list column "cc" to the Cc list'),
    )
    NOT_EXPAND_BCC_ADDRESS = (
        32768,
        "cLTNotExpandBccAddress",
        Text.within("will not", 'add the list column "bcc" to the Bcc list'),
    )
    BYPASS_ALL_LIST_PROCESS_FILTER = (
        65536,
        "cLTBypassAllListProcessFilter",
        Text("bypass all filtering and processing of the list and add the list to NewListPool"),
    )
    REMOVE_DELIVER = (
        131072,
        "cLTRemoveDeliverMask",
        Text("remove recipients whom it was delivered to already"),
    )
    REMOVE_RESPONSE = (
        262144,
        "cLTRemoveResponseMask",
        Text("remove recipients who responded"),
    )
    NOT_TO_REMOVE_SYSTEM_BLACK = (
        524288,
        "cLTNotToRemoveSystemBlackMask",
        Text.within("will not", "remove recipients on the system's blacklist"),
    )
    NOT_TO_REMOVE_SYSTEM_REMOVE_WHITE = (
        1048576,
        "cLTNotToRemoveSystemRemoveWhiteMask",
        Text.within("will not", "remove recipients on the system's whitelist for removal"),
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
    about=Text("who of the recipient list gets a message"),
    subject=Text("The message"),
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
