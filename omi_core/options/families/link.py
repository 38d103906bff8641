"""LinkOption: how the links of a message are changed and tracked (guide, appendix A 3)."""

from omi_core.findings.finding import Text
from omi_core.options.family import Contradiction, Family, Redundant, Shape
from omi_core.options.shapes import OptionFlags


class LinkOption(OptionFlags):
    """What happens to the links of a message, and whether opens and clicks are tracked."""

    CONVERT_EXT_LINK_TO_INT_RESOURCE = (
        1,
        "cLKConvertExtLinkToIntResource",
        "turn linked images into embedded ones (cid)",
        "把連結的圖片轉成內嵌圖片（cid）",
        Text(
            "turn embedded images (cid, Content-Location) into links",
            "把內嵌圖片（cid、Content-Location）轉成連結",
        ),
    )
    ADD_Q_STR_TO_LINK = (
        2,
        "cLKAddQStrToLinkMask",
        "add a query string to its links",
        "在連結加上查詢字串",
    )
    KEEP_DUPLICATE_LINK = (
        4,
        "cLKKeepDuplicateLinkMask",
        "keep duplicate links",
        "保留重複的連結",
    )
    AUTO_CLEAN_LINK = 8, "cLKAutoCleanLink", 'remove "amp;" from its links', "移除連結中的「amp;」"
    ADD_BASE_TO_URL = 16, "cLKAddBaseToUrl", "add the base to its URLs", "在網址加上基底位址"
    AUTO_GET_LINK_NAME_FROM_TEXT = (
        32,
        "cLKAutoGetLinkNameFromTextMask",
        "take the names of its links from their text",
        "以連結文字作為連結名稱",
    )
    NOT_TRACK_OPEN = (
        64,
        "cLKNotTrackOpenMask",
        "not track opens",
        "不追蹤開信",
        Text("track opens", "追蹤開信"),
    )
    NOT_TRACK_ALL_LINK = (
        128,
        "cLKNotTrackAllLinkMask",
        "not track links",
        "不追蹤連結",
        Text("track links", "追蹤連結"),
    )
    TRACK_NAME_LINK_ONLY = (
        256,
        "cLKTrackNameLinkOnlyMask",
        "track only those links that have a name",
        "只追蹤有名稱的連結",
    )
    NOT_TRACK_MAIL_TO_LINK = (
        512,
        "cLKNotTrackMailToLinkMask",
        "not track mailto links",
        "不追蹤 mailto 連結",
    )
    TRACK_FRAME_LINK = 1024, "cLKTrackFrameLinkMask", "track links in frames", "追蹤框架中的連結"
    NOT_TRACK_MMS = 2048, "cLKNotTrackMMSMask", "not track MMS", "不追蹤多媒體簡訊"
    NOT_CONVERT_MMS = 4096, "cLKNotConvertMMSMask", "not convert MMS", "不轉換多媒體簡訊"
    NOT_CONVERT_IMAGE_AS_OPEN_LINK = (
        8192,
        "cLKNotConvertImageAsOpenLinkMask",
        "not turn an image into the link that counts opens",
        "不把圖片轉成記錄開信的連結",
    )
    TRACK_QR_CODE_LINK = (
        16384,
        "cLKTrackQRCodeLinkMask",
        "track QR code links",
        "追蹤 QR Code 連結",
    )


LINK = Family(
    key="link",
    title="LinkOption",
    section="3",
    about=Text("how links are changed and tracked", "連結的轉換與追蹤"),
    subject=Text("The message", "這封郵件"),
    shape=Shape.FLAGS,
    header="X-LinkOption",
    prefix="cLK",
    suffix="Mask",
    flags=LinkOption,
    rules=(
        Redundant(bit=LinkOption.NOT_TRACK_MAIL_TO_LINK, beside=LinkOption.NOT_TRACK_ALL_LINK),
        Redundant(bit=LinkOption.TRACK_NAME_LINK_ONLY, beside=LinkOption.NOT_TRACK_ALL_LINK),
        Contradiction(bit=LinkOption.TRACK_FRAME_LINK, against=LinkOption.NOT_TRACK_ALL_LINK),
        Contradiction(bit=LinkOption.TRACK_QR_CODE_LINK, against=LinkOption.NOT_TRACK_ALL_LINK),
    ),
)
