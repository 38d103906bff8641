"""AttachOption: how attachments are linked, guarded and tracked (guide, appendix A 7).

Its bits depend on one another; each "only when" of the guide is a rule below.
"""

from omi_core.options.family import Contradiction, Family, OnlyWhen, Shape
from omi_core.options.shapes import OptionFlags
from omi_core.text import Text


class AttachOption(OptionFlags):
    """How attachments are linked, guarded, converted and tracked."""

    CONVERT_LINK = (
        1,
        "cAttachConvertLinkMask",
        Text("convert the attachment to a link"),
        Text.within("will not", "convert the attachment to a link"),
    )
    AUTHENTICATE = (
        2,
        "cAttachAuthenticateMask",
        Text("put an authentication page before the attachment"),
    )
    TRACK_LINK = 4, "cAttachTrackLinkMask", Text("track the attachment's link")
    SHOW_THIRD_PARTY = (
        8,
        "cAttachShowThirdPartyMask",
        Text("let a third party show the authentication page (when AuthenticateURI is presented)"),
    )
    POST_THIRD_PARTY = (
        16,
        "cAttachPostThirdPartyMask",
        Text("post the form directly to the third party (when AuthenticateURI is presented)"),
    )
    ALIGN_LINK = (
        32,
        "cAttachAlignLinkMask",
        Text("put all attachment links in one line"),
    )
    CONVERT_PDF = 64, "cAttachConvertPDFMask", Text("convert the attachment to PDF")
    CHECK_SOURCE_IP = (
        128,
        "cAttachCheckSourceIPMask",
        Text("check the source by IP address"),
        Text("check the source by referer"),
    )
    SUPPORT_ACTIVE_MERGE = (
        256,
        "cAttachSupportActiveMergeMask",
        Text("support dynamic merge such as asp and aspx"),
    )
    COMPRESS = 512, "cAttachCompressMask", Text("compress the attachment")
    UNCOMPRESS = 1024, "cAttachUnCompressMask", Text("uncompress the attachment")
    AS_LIST_FILE = (
        2048,
        "cAttachAsListFileMask",
        Text("tell by its name (AttAsListFileName) whether the attachment is an e-mail list"),
    )
    SUPPORT_DYNA_MERGE = (
        4096,
        "cAttachSupportDynaMergeMask",
        Text("support dynamic function merge"),
    )
    TRACK_OPEN = 8192, "cAttachTrackOpenMask", Text("track opens of the attachment")
    TRACK_CLICK = (
        16384,
        "cAttachTrackClickMask",
        Text("track clicks in the attachment"),
    )


ATTACH = Family(
    key="attach",
    title="AttachOption",
    section="7",
    about=Text("how attachments are linked, guarded and tracked"),
    subject=Text("The message"),
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
