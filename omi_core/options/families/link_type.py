"""Link position, link type and link class (guide, appendix A 8, 9, 10)."""

from omi_core.options.family import Family, Shape
from omi_core.options.shapes import HIGHEST, OptionFlags, OptionValue
from omi_core.text import Text


class LinkPosition(OptionValue):
    """Where a link that the platform adds stands (the guide's eAddPosition)."""

    TOP_LEFT = 0, "eTopLeft", Text("stand at the top left")
    TOP_MIDDLE = 1, "eTopMiddle", Text("stand at the top in the middle")
    TOP_RIGHT = 2, "eTopRight", Text("stand at the top right")
    BOTTOM_LEFT = 3, "eBottomLeft", Text("stand at the bottom left")
    BOTTOM_MIDDLE = 4, "eBottomMiddle", Text("stand at the bottom in the middle")
    BOTTOM_RIGHT = 5, "eBottomRight", Text("stand at the bottom right")
    MERGE_LINK = 9, "eMergeLink", Text("stand where its merge field stands")


class LinkClass(OptionValue):
    """What a link is for (the guide's ELinkClassType)."""

    REGULAR_LINK = 0, "eRegularLink", Text("be a regular link")
    OMIS_LINK = 1, "eOMISLink", Text("be an OMIS link")
    APPROVE_LINK = 2, "eApproveLink", Text("be an approval link")
    FORWARD_LINK = 3, "eForwardLink", Text("be a forward link")
    UNSUBSCRIBE_LINK = 4, "eUnsubscribeLink", Text("be an unsubscribe link")
    SUBSCRIBE_LINK = 5, "eSubscribeLink", Text("be a subscribe link")
    CONTACT_LINK = 6, "eContactLink", Text("be a contact link")
    AUTHENTICATE_LINK = 7, "eAuthenticateLink", Text("be an authentication link")
    REGISTER_LINK = 8, "eRegisterLink", Text("be a registration link")
    ORDER_LINK = 9, "eOrderLink", Text("be an order link")
    UPDATE_LINK = 10, "eUpdateLink", Text("be an update link")
    QUESTIONARY_LINK = 11, "eQuestionaryLink", Text("be a questionnaire link")
    ACTIVATE_LINK = 12, "eActivateLink", Text("be an activation link")
    FROM_ACTIVATE_LINK = 13, "eFromActivateLink", Text("be a From activation link")
    AGREE_LINK = 14, "eAgreeLink", Text("be an agreement link")
    CONFIRM_LINK = 15, "eConfirmLink", Text("be a confirmation link")
    STATE_LINK = 16, "eStateLink", Text("be a state link")
    RECEIPT_LINK = 17, "eReceiptLink", Text("be a receipt link")
    EMAIL_BODY_LINK = 100, "eEmailBodyLink", Text("be a link to the e-mail's body")
    ATTACHMENT_LINK = 128, "eAttachmentLink", Text("be an attachment link")
    ATTACH_RECEIPT = 129, "eAttachReceipt", Text("be an attachment receipt")
    ATTACH_RECEIPT_2 = (
        130,
        "eAttachReceipt2",
        Text("be an attachment receipt of kind 2"),
    )


class LinkType(OptionFlags):
    """Flags of a link above its low byte, which holds a LinkClass.

    `LinkType.MERGE_LINK | LinkClass.UNSUBSCRIBE_LINK` makes one, `link_class` reads it.
    """

    MERGE_LINK = 256, "cMergeLinkMask", Text("be a merge link")
    FRAME_LINK = 512, "cFrameLinkMask", Text("be a frame link")
    LAND_LINK = 1024, "cLandLinkMask", Text("be a landing page link")
    HTML_LINK = 2048, "cHTMLLinkMask", Text("be a link of the HTML part")
    TEXT_LINK = 4096, "cTextLinkMask", Text("be a link of the text part")
    OPEN_LINK = 8192, "cOpenLinkMask", Text("count opens")
    QRCODE_LINK = 16384, "cQrcodeLinkMask", Text("be a QR code link")
    ADD_EMAIL = 32768, "cAddEmailMask", Text("carry the e-mail address")
    ADD_REF = 65536, "cAddRefMask", Text("carry the reference number")
    ADD_Q_STR = 131072, "cAddQStrMask", Text("carry a query string")
    NO_URL_ENCODE = 262144, "cNoUrlEncode", Text.within("will not", "be URL-encoded")
    READ_RECEIPT = 524288, "cReadReciptMask", Text("be a read receipt")

    @property
    def link_class(self) -> LinkClass:
        """The class in the low byte; its name is empty where the guide defines none."""
        return LinkClass(self._value_ & LINK_TYPE.mask)


LINK_POSITION = Family(
    key="link-position",
    title="Link Position",
    section="8",
    about=Text("where an added link stands"),
    subject=Text("The link"),
    shape=Shape.ENUMERATION,
    prefix="e",
    values=LinkPosition,
    mask=HIGHEST,
)

LINK_TYPE = Family(
    key="link-type",
    title="LinkType",
    section="9",
    about=Text("a link's class and its flags in one number"),
    subject=Text("The link"),
    shape=Shape.CLASS_AND_FLAGS,
    signed=True,
    prefix="c",
    suffix="Mask",
    value_prefix="e",
    flags=LinkType,
    values=LinkClass,
    mask=255,
    mask_constant="cLinkMask",
)

LINK_CLASS = Family(
    key="link-class",
    title="LinkClass",
    section="10",
    about=Text("what a link is for"),
    subject=Text("The link"),
    shape=Shape.ENUMERATION,
    prefix="e",
    values=LinkClass,
    mask=HIGHEST,
)
