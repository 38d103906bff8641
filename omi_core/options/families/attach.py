"""AttachOption: how attachments are linked, guarded and tracked (guide, appendix A 7).

Its bits depend on one another; each "only when" of the guide is a rule below.
"""

from omi_core.findings.finding import Text
from omi_core.options.family import Contradiction, Family, OnlyWhen, Shape
from omi_core.options.shapes import OptionFlags


class AttachOption(OptionFlags):
    """How attachments are linked, guarded, converted and tracked."""

    CONVERT_LINK = (
        1,
        "cAttachConvertLinkMask",
        "convert the attachment to a link",
        "把附件轉成連結",
        Text("not convert the attachment to a link", "不把附件轉成連結"),
    )
    AUTHENTICATE = (
        2,
        "cAttachAuthenticateMask",
        "put an authentication page before the attachment",
        "在附件前加上驗證頁",
    )
    TRACK_LINK = 4, "cAttachTrackLinkMask", "track the attachment's link", "追蹤附件的連結"
    SHOW_THIRD_PARTY = (
        8,
        "cAttachShowThirdPartyMask",
        "let a third party show the authentication page (when AuthenticateURI is presented)",
        "由第三方顯示驗證頁（有 AuthenticateURI 時）",
    )
    POST_THIRD_PARTY = (
        16,
        "cAttachPostThirdPartyMask",
        "post the form directly to the third party (when AuthenticateURI is presented)",
        "把表單直接送到第三方（有 AuthenticateURI 時）",
    )
    ALIGN_LINK = (
        32,
        "cAttachAlignLinkMask",
        "put all attachment links in one line",
        "把所有附件連結排成一行",
    )
    CONVERT_PDF = 64, "cAttachConvertPDFMask", "convert the attachment to PDF", "把附件轉成 PDF"
    CHECK_SOURCE_IP = (
        128,
        "cAttachCheckSourceIPMask",
        "check the source by IP address",
        "以 IP 位址檢查來源",
        Text("check the source by referer", "以 referer 檢查來源"),
    )
    SUPPORT_ACTIVE_MERGE = (
        256,
        "cAttachSupportActiveMergeMask",
        "support dynamic merge such as asp and aspx",
        "支援動態合併（例如 asp、aspx）",
    )
    COMPRESS = 512, "cAttachCompressMask", "compress the attachment", "壓縮附件"
    UNCOMPRESS = 1024, "cAttachUnCompressMask", "uncompress the attachment", "解壓縮附件"
    AS_LIST_FILE = (
        2048,
        "cAttachAsListFileMask",
        "tell by its name (AttAsListFileName) whether the attachment is an e-mail list",
        "依名稱（AttAsListFileName）判斷附件是否為收件人清單",
    )
    SUPPORT_DYNA_MERGE = (
        4096,
        "cAttachSupportDynaMergeMask",
        "support dynamic function merge",
        "支援動態函式合併",
    )
    TRACK_OPEN = 8192, "cAttachTrackOpenMask", "track opens of the attachment", "追蹤附件的開啟"
    TRACK_CLICK = (
        16384,
        "cAttachTrackClickMask",
        "track clicks in the attachment",
        "追蹤附件中的點擊",
    )


ATTACH = Family(
    key="attach",
    title="AttachOption",
    section="7",
    about=Text("how attachments are linked, guarded and tracked", "附件的連結、驗證與追蹤"),
    subject=Text("The message", "這封郵件"),
    shape=Shape.FLAGS,
    signed=True,
    prefix="cAttach",
    suffix="Mask",
    flags=AttachOption,
    rules=(
        OnlyWhen(bit=AttachOption.AUTHENTICATE, off=AttachOption.CONVERT_LINK),
        OnlyWhen(bit=AttachOption.TRACK_LINK, on=AttachOption.CONVERT_LINK),
        OnlyWhen(bit=AttachOption.SHOW_THIRD_PARTY, on=AttachOption.AUTHENTICATE),
        OnlyWhen(
            bit=AttachOption.POST_THIRD_PARTY,
            on=AttachOption.AUTHENTICATE,
            off=AttachOption.TRACK_LINK,
        ),
        OnlyWhen(bit=AttachOption.ALIGN_LINK, on=AttachOption.CONVERT_LINK),
        Contradiction(bit=AttachOption.COMPRESS, against=AttachOption.UNCOMPRESS),
    ),
)
