"""LinkOption: how the links of a message are changed and tracked (guide, appendix A 3)."""

from omi_core.options.family import Contradiction, Family, Redundant, Shape
from omi_core.options.shapes import OptionFlags
from omi_core.text import Text


class LinkOption(OptionFlags):
    """What happens to the links of a message, and whether opens and clicks are tracked."""

    CONVERT_EXT_LINK_TO_INT_RESOURCE = (
        1,
        "cLKConvertExtLinkToIntResource",
        Text("turn linked images into embedded ones (cid)"),
        Text("turn embedded images (cid, Content-Location) into links"),
    )
    ADD_Q_STR_TO_LINK = (
        2,
        "cLKAddQStrToLinkMask",
        Text("add a query string to its links"),
    )
    KEEP_DUPLICATE_LINK = (
        4,
        "cLKKeepDuplicateLinkMask",
        Text("keep duplicate links"),
    )
    AUTO_CLEAN_LINK = 8, "cLKAutoCleanLink", Text('remove "amp;" from its links')
    ADD_BASE_TO_URL = 16, "cLKAddBaseToUrl", Text("add the base to its URLs")
    AUTO_GET_LINK_NAME_FROM_TEXT = (
        32,
        "cLKAutoGetLinkNameFromTextMask",
        Text("take the names of its links from their text"),
    )
    NOT_TRACK_OPEN = (
        64,
        "cLKNotTrackOpenMask",
        Text.within("will not", "track opens"),
        Text("track opens"),
    )
    NOT_TRACK_ALL_LINK = (
        128,
        "cLKNotTrackAllLinkMask",
        Text.within("will not", "track links"),
        Text("track links"),
    )
    TRACK_NAME_LINK_ONLY = (
        256,
        "cLKTrackNameLinkOnlyMask",
        Text("track only those links that have a name"),
    )
    NOT_TRACK_MAIL_TO_LINK = (
        512,
        "cLKNotTrackMailToLinkMask",
        Text.within("will not", "track mailto links"),
    )
    TRACK_FRAME_LINK = 1024, "cLKTrackFrameLinkMask", Text("track links in frames")
    NOT_TRACK_MMS = 2048, "cLKNotTrackMMSMask", Text.within("will not", "track MMS")
    NOT_CONVERT_MMS = 4096, "cLKNotConvertMMSMask", Text.within("will not", "convert MMS")
    NOT_CONVERT_IMAGE_AS_OPEN_LINK = (
        8192,
        "cLKNotConvertImageAsOpenLinkMask",
        Text.within("will not", "turn an image into the link that counts opens"),
    )
    TRACK_QR_CODE_LINK = (
        16384,
        "cLKTrackQRCodeLinkMask",
        Text("track QR code links"),
    )


LINK = Family(
    key="link",
    title="LinkOption",
    section="3",
    about=Text("how links are changed and tracked"),
    subject=Text("The message"),
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
