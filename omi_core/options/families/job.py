"""JobOption: how the content of a job is prepared and kept (guide, appendix A 2)."""

from omi_core.options.family import Contradiction, Family, Shape
from omi_core.options.shapes import OptionFlags
from omi_core.text import Text


class JobOption(OptionFlags):
    """How the content of a job is merged, converted, reported on and kept."""

    DO_RESEND = 1, "cJBDoResendMask", Text("send again what failed")
    ACTIVE_CONTENT = (
        2,
        "cJBActiveContentMask",
        Text("merge dynamic content (asp or aspx)"),
    )
    CREATE_REPORT = 4, "cJBCreateReportMask", Text("create a report")
    CONVERT_HTML_TO_TEXT_FORMAT = (
        8,
        "cJBConvertHtmlToTextFormat",
        Text("convert HTML to plain text"),
    )
    DYNA_MERGE = 16, "cJBDynaMergeMask", Text("use dynamic merge")
    MERGE_DEL = 32, "cJBMergeDelMask", Text("use the user's own merge deletion")
    PROCESS_OPTION = (
        64,
        "cJBProcessOptionMask",
        Text("use the user's own process option"),
    )
    BACKUP_SEND_MESSAGE = (
        128,
        "cJBBackupSendMessage",
        Text("back up a copy of the message (EML)"),
    )
    AUDIT_SEND_MESSAGE = (
        256,
        "cJBAuditSendMessage",
        Text("audit the message that is sent (EML)"),
    )
    CONVERT_CONTENT_TO_UTF8 = (
        512,
        "cJBConvertContentToUTF8Mask",
        Text("convert the content to UTF-8"),
    )
    ADD_CONTENT_LOCATION_TO_HTML = (
        1024,
        "cJBAddContentLocationToHtml",
        Text("add Content-Location to the HTML part"),
    )
    GET_SUBJECT_FROM_HTML_TITLE = (
        2048,
        "cJBGetSubjectFromHTMLTitleMask",
        Text("take the subject from the HTML title"),
    )
    AUTO_ADJUST_CHAR_SET_TO_CONTENT_CHAR_SET = (
        8192,
        "cJBAutoAdjustCharSetToContentCharSet",
        Text("adjust the charset to the content's"),
        Text("adjust the content to the job's charset"),
    )
    AUTO_ADJUST_HEADER_CHAR_SET_TO_CONTENT_CHAR_SET = (
        16384,
        "cJBAutoAdjustHeaderCharSetToContentCharSet",
        Text("give the subject and the From, Reply-To and To display names the content's charset"),
    )
    LAND_SAME_WEB_FOLDER_ONLY = (
        32768,
        "cJBLandSameWebFolderOnly",
        Text("get pages from the same web folder only (if tracklayer > 0)"),
    )
    AUTO_GET_LAND_PAGE = (
        131072,
        "cJBAutoGetLandPageMask",
        Text("get the landing page automatically"),
    )
    CONVERT_TEXT_TO_HTML = (
        262144,
        "cJBConverTextToHTMLMask",
        Text("convert plain text to HTML"),
    )
    ADD_EXTERN_REF_TO_EMAIL = (
        1048576,
        "cJBAddExternRefToEmailMask",
        Text("add the external reference to the e-mail"),
    )
    SAVE_WEB_PAGE_AS_MHT = (
        2097152,
        "cJBSaveWebPageAsMht",
        Text("save web pages as MHT"),
    )
    HTML_EXT_ELEMENT = (
        134217728,
        "cJBHtmlExtElementMask",
        Text("use extended HTML elements"),
    )
    ADD_OUTLOOK_DELIVERY_RECEIPT = (
        268435456,
        "cJBAddOutlookDeliveryReceiptMask",
        Text("ask Outlook for a delivery receipt"),
    )
    ADD_OUTLOOK_READ_RECEIPT = (
        536870912,
        "cJBAddOutlookReadReceiptMask",
        Text("ask Outlook for a read receipt"),
    )
    REMOVE_FILES_AFTER_COMPLETE = (
        2147483648,
        "cJBRemoveFilesAfterComplete",
        Text("remove the job's files when it is complete"),
    )


JOB = Family(
    key="job",
    title="JobOption",
    section="2",
    about=Text("how the content of a job is prepared and kept"),
    subject=Text("The job"),
    shape=Shape.FLAGS,
    header="X-JobOption",
    prefix="cJB",
    suffix="Mask",
    flags=JobOption,
    rules=(
        Contradiction(
            bit=JobOption.CONVERT_HTML_TO_TEXT_FORMAT, against=JobOption.CONVERT_TEXT_TO_HTML
        ),
    ),
)
