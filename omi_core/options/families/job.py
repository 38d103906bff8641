"""JobOption: how the content of a job is prepared and kept (guide, appendix A 2)."""

from omi_core.findings.finding import Text
from omi_core.options.family import Contradiction, Family, Shape
from omi_core.options.shapes import OptionFlags


class JobOption(OptionFlags):
    """How the content of a job is merged, converted, reported on and kept."""

    DO_RESEND = 1, "cJBDoResendMask", "send again what failed", "重新寄送失敗的郵件"
    ACTIVE_CONTENT = (
        2,
        "cJBActiveContentMask",
        "merge dynamic content (asp or aspx)",
        "合併動態內容（asp 或 aspx）",
    )
    CREATE_REPORT = 4, "cJBCreateReportMask", "create a report", "建立報表"
    CONVERT_HTML_TO_TEXT_FORMAT = (
        8,
        "cJBConvertHtmlToTextFormat",
        "convert HTML to plain text",
        "把 HTML 轉成純文字",
    )
    DYNA_MERGE = 16, "cJBDynaMergeMask", "use dynamic merge", "使用動態合併"
    MERGE_DEL = 32, "cJBMergeDelMask", "use the user's own merge deletion", "使用自訂的合併刪除"
    PROCESS_OPTION = (
        64,
        "cJBProcessOptionMask",
        "use the user's own process option",
        "使用自訂的處理選項",
    )
    BACKUP_SEND_MESSAGE = (
        128,
        "cJBBackupSendMessage",
        "back up a copy of the message (EML)",
        "備份一份郵件（EML）",
    )
    AUDIT_SEND_MESSAGE = (
        256,
        "cJBAuditSendMessage",
        "audit the message that is sent (EML)",
        "稽核寄出的郵件（EML）",
    )
    CONVERT_CONTENT_TO_UTF8 = (
        512,
        "cJBConvertContentToUTF8Mask",
        "convert the content to UTF-8",
        "把內容轉成 UTF-8",
    )
    ADD_CONTENT_LOCATION_TO_HTML = (
        1024,
        "cJBAddContentLocationToHtml",
        "add Content-Location to the HTML part",
        "在 HTML 加上 Content-Location",
    )
    GET_SUBJECT_FROM_HTML_TITLE = (
        2048,
        "cJBGetSubjectFromHTMLTitleMask",
        "take the subject from the HTML title",
        "以 HTML 標題作為主旨",
    )
    AUTO_ADJUST_CHAR_SET_TO_CONTENT_CHAR_SET = (
        8192,
        "cJBAutoAdjustCharSetToContentCharSet",
        "adjust the charset to the content's",
        "把字元集調整成與內容相同",
        Text("adjust the content to the job's charset", "把內容調整成工作的字元集"),
    )
    AUTO_ADJUST_HEADER_CHAR_SET_TO_CONTENT_CHAR_SET = (
        16384,
        "cJBAutoAdjustHeaderCharSetToContentCharSet",
        "give the subject and the From, Reply-To and To display names the content's charset",
        "把主旨與 From、Reply-To、To 顯示名稱的字元集調整成與內容相同",
    )
    LAND_SAME_WEB_FOLDER_ONLY = (
        32768,
        "cJBLandSameWebFolderOnly",
        "get pages from the same web folder only (if tracklayer > 0)",
        "只取同一網站資料夾的網頁（tracklayer 大於 0 時）",
    )
    AUTO_GET_LAND_PAGE = (
        131072,
        "cJBAutoGetLandPageMask",
        "get the landing page automatically",
        "自動取得到達網頁",
    )
    CONVERT_TEXT_TO_HTML = (
        262144,
        "cJBConverTextToHTMLMask",
        "convert plain text to HTML",
        "把純文字轉成 HTML",
    )
    ADD_EXTERN_REF_TO_EMAIL = (
        1048576,
        "cJBAddExternRefToEmailMask",
        "add the external reference to the e-mail",
        "在郵件加上外部參考編號",
    )
    SAVE_WEB_PAGE_AS_MHT = (
        2097152,
        "cJBSaveWebPageAsMht",
        "save web pages as MHT",
        "把網頁存成 MHT",
    )
    HTML_EXT_ELEMENT = (
        134217728,
        "cJBHtmlExtElementMask",
        "use extended HTML elements",
        "使用 HTML 擴充元素",
    )
    ADD_OUTLOOK_DELIVERY_RECEIPT = (
        268435456,
        "cJBAddOutlookDeliveryReceiptMask",
        "ask Outlook for a delivery receipt",
        "要求 Outlook 送達回條",
    )
    ADD_OUTLOOK_READ_RECEIPT = (
        536870912,
        "cJBAddOutlookReadReceiptMask",
        "ask Outlook for a read receipt",
        "要求 Outlook 讀取回條",
    )
    REMOVE_FILES_AFTER_COMPLETE = (
        2147483648,
        "cJBRemoveFilesAfterComplete",
        "remove the job's files when it is complete",
        "在完成後移除工作的檔案",
    )


JOB = Family(
    key="job",
    title="JobOption",
    section="2",
    about=Text("how the content of a job is prepared and kept", "工作內容的準備與保存"),
    subject=Text("The job", "這項工作"),
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
