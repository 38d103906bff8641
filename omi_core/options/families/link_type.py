"""Link position, link type and link class (guide, appendix A 8, 9, 10)."""

from omi_core.findings.finding import Text
from omi_core.options.family import Family, Shape
from omi_core.options.shapes import HIGHEST, OptionFlags, OptionValue


class LinkPosition(OptionValue):
    """Where a link that the platform adds stands (the guide's eAddPosition)."""

    TOP_LEFT = 0, "eTopLeft", "stand at the top left", "放在左上"
    TOP_MIDDLE = 1, "eTopMiddle", "stand at the top in the middle", "放在上方中間"
    TOP_RIGHT = 2, "eTopRight", "stand at the top right", "放在右上"
    BOTTOM_LEFT = 3, "eBottomLeft", "stand at the bottom left", "放在左下"
    BOTTOM_MIDDLE = 4, "eBottomMiddle", "stand at the bottom in the middle", "放在下方中間"
    BOTTOM_RIGHT = 5, "eBottomRight", "stand at the bottom right", "放在右下"
    MERGE_LINK = 9, "eMergeLink", "stand where its merge field stands", "放在合併欄位的位置"


class LinkClass(OptionValue):
    """What a link is for (the guide's ELinkClassType)."""

    REGULAR_LINK = 0, "eRegularLink", "be a regular link", "作為一般連結"
    OMIS_LINK = 1, "eOMISLink", "be an OMIS link", "作為 OMIS 連結"
    APPROVE_LINK = 2, "eApproveLink", "be an approval link", "作為核准連結"
    FORWARD_LINK = 3, "eForwardLink", "be a forward link", "作為轉寄連結"
    UNSUBSCRIBE_LINK = 4, "eUnsubscribeLink", "be an unsubscribe link", "作為取消訂閱連結"
    SUBSCRIBE_LINK = 5, "eSubscribeLink", "be a subscribe link", "作為訂閱連結"
    CONTACT_LINK = 6, "eContactLink", "be a contact link", "作為聯絡連結"
    AUTHENTICATE_LINK = 7, "eAuthenticateLink", "be an authentication link", "作為驗證連結"
    REGISTER_LINK = 8, "eRegisterLink", "be a registration link", "作為註冊連結"
    ORDER_LINK = 9, "eOrderLink", "be an order link", "作為訂購連結"
    UPDATE_LINK = 10, "eUpdateLink", "be an update link", "作為更新連結"
    QUESTIONARY_LINK = 11, "eQuestionaryLink", "be a questionnaire link", "作為問卷連結"
    ACTIVATE_LINK = 12, "eActivateLink", "be an activation link", "作為啟用連結"
    FROM_ACTIVATE_LINK = 13, "eFromActivateLink", "be a From activation link", "作為 From 啟用連結"
    AGREE_LINK = 14, "eAgreeLink", "be an agreement link", "作為同意連結"
    CONFIRM_LINK = 15, "eConfirmLink", "be a confirmation link", "作為確認連結"
    STATE_LINK = 16, "eStateLink", "be a state link", "作為狀態連結"
    RECEIPT_LINK = 17, "eReceiptLink", "be a receipt link", "作為回條連結"
    EMAIL_BODY_LINK = 100, "eEmailBodyLink", "be a link to the e-mail's body", "作為郵件內文連結"
    ATTACHMENT_LINK = 128, "eAttachmentLink", "be an attachment link", "作為附件連結"
    ATTACH_RECEIPT = 129, "eAttachReceipt", "be an attachment receipt", "作為附件回條"
    ATTACH_RECEIPT_2 = (
        130,
        "eAttachReceipt2",
        "be an attachment receipt of kind 2",
        "作為第二種附件回條",
    )


class LinkType(OptionFlags):
    """Flags of a link above its low byte, which holds a LinkClass.

    `LinkType.MERGE_LINK | LinkClass.UNSUBSCRIBE_LINK` makes one, `link_class` reads it.
    """

    MERGE_LINK = 256, "cMergeLinkMask", "be a merge link", "作為合併連結"
    FRAME_LINK = 512, "cFrameLinkMask", "be a frame link", "作為框架連結"
    LAND_LINK = 1024, "cLandLinkMask", "be a landing page link", "作為到達網頁連結"
    HTML_LINK = 2048, "cHTMLLinkMask", "be a link of the HTML part", "作為 HTML 內容的連結"
    TEXT_LINK = 4096, "cTextLinkMask", "be a link of the text part", "作為純文字內容的連結"
    OPEN_LINK = 8192, "cOpenLinkMask", "count opens", "記錄開信"
    QRCODE_LINK = 16384, "cQrcodeLinkMask", "be a QR code link", "作為 QR Code 連結"
    ADD_EMAIL = 32768, "cAddEmailMask", "carry the e-mail address", "附上電子郵件地址"
    ADD_REF = 65536, "cAddRefMask", "carry the reference number", "附上參考編號"
    ADD_Q_STR = 131072, "cAddQStrMask", "carry a query string", "附上查詢字串"
    NO_URL_ENCODE = 262144, "cNoUrlEncode", "not be URL-encoded", "不做 URL 編碼"
    READ_RECEIPT = 524288, "cReadReciptMask", "be a read receipt", "作為讀取回條"

    @property
    def link_class(self) -> LinkClass:
        """The class in the low byte; its name is empty where the guide defines none."""
        return LinkClass(self._value_ & LINK_TYPE.mask)


LINK_POSITION = Family(
    key="link-position",
    title="Link Position",
    section="8",
    about=Text("where an added link stands", "加入的連結放在哪裡"),
    subject=Text("The link", "這個連結"),
    shape=Shape.ENUMERATION,
    prefix="e",
    values=LinkPosition,
    mask=HIGHEST,
)

LINK_TYPE = Family(
    key="link-type",
    title="LinkType",
    section="9",
    about=Text("a link's class and its flags in one number", "連結的類別與旗標"),
    subject=Text("The link", "這個連結"),
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
    about=Text("what a link is for", "連結的用途"),
    subject=Text("The link", "這個連結"),
    shape=Shape.ENUMERATION,
    prefix="e",
    values=LinkClass,
    mask=HIGHEST,
)
