"""Every finding about the control headers of a message: id, how bad it is, and its words.

What the headers' numbers are judged by stands in omi_core.options.catalogue.
"""

from omi_core.findings.finding import FindingKind, Severity, Text

_READ = Text("read: {read}", "讀到：{read}")

DUPLICATE = FindingKind(
    id="header-duplicate",
    severity=Severity.ERROR,
    text=Text(
        "the header stands there {count} times with different values, so neither is used",
        "同一標頭出現 {count} 次且值不同，因此都不採用",
    ),
    expected=Text("the header once", "只出現一次"),
    observed=_READ,
    remedy=Text("keep the one that is meant", "只保留正確的那一個"),
)
DUPLICATE_EQUAL = FindingKind(
    id="header-duplicate-equal",
    severity=Severity.WARNING,
    text=Text(
        "the header stands there {count} times with the same value",
        "同一標頭出現 {count} 次，值相同",
    ),
    expected=Text("the header once", "只出現一次"),
    observed=_READ,
    remedy=Text("keep one of them", "只保留一個"),
)
MISSPELT = FindingKind(
    id="header-misspelt",
    severity=Severity.WARNING,
    text=Text("this is no control header, so it has no effect", "這不是控制標頭，因此沒有作用"),
    expected=Text("{right}", "{right}"),
    observed=_READ,
    remedy=Text("write {right} if that is meant", "若要使用控制標頭，請寫成 {right}"),
)
BROKEN_LINE = FindingKind(
    id="header-broken-line",
    severity=Severity.ERROR,
    text=Text(
        "this line is no header field and ends the header; what follows it is not looked at",
        "這一行不是標頭欄位，標頭到此結束；之後的內容不會檢查",
    ),
    expected=Text(
        "fields such as 'X-LinkOption: 192', then an empty line",
        "像「X-LinkOption: 192」的欄位，最後接一個空行",
    ),
    observed=_READ,
    remedy=Text("mend the line or put an empty line before it", "請更正這一行，或在它之前加上空行"),
)
CONTROL_CHARACTER = FindingKind(
    id="header-control-character",
    severity=Severity.ERROR,
    text=Text(
        "a control character in the value, which could smuggle in another header",
        "值中含有控制字元，可能夾帶其他標頭",
    ),
    expected=Text("printable characters", "可顯示的字元"),
    observed=_READ,
    remedy=Text("write the value on one line, without it", "請把值寫在同一行，並移除該字元"),
)
TEXT_EMPTY = FindingKind(
    id="text-empty",
    severity=Severity.ERROR,
    text=Text("the header has no text", "標頭沒有內容"),
    expected=Text("a text", "一段文字"),
    observed=_READ,
    remedy=Text("give a text, or leave the header out", "請填入文字，或拿掉這個標頭"),
)
TEXT_TOO_LONG = FindingKind(
    id="text-too-long",
    severity=Severity.ERROR,
    text=Text("the text is too long", "文字太長"),
    expected=Text("at most 1000 characters", "最多 1000 個字元"),
    observed=_READ,
    remedy=Text("shorten it", "請縮短"),
)
TEXT_UNDECODABLE = FindingKind(
    id="text-undecodable",
    severity=Severity.ERROR,
    text=Text("the text cannot be decoded", "無法解碼這段文字"),
    expected=Text(
        "ASCII, or encoded words in UTF-8 (RFC 2047)", "ASCII，或 UTF-8 的編碼字（RFC 2047）"
    ),
    observed=_READ,
    remedy=Text("let the mail program encode it as UTF-8", "請讓郵件程式以 UTF-8 編碼"),
)
TEXT_RAW = FindingKind(
    id="text-raw-utf-8",
    severity=Severity.WARNING,
    text=Text(
        "UTF-8 that is not encoded, which not every mail server lets through",
        "未編碼的 UTF-8，有些郵件伺服器無法傳送",
    ),
    expected=Text("encoded words (RFC 2047)", "編碼字（RFC 2047）"),
    observed=_READ,
    remedy=Text("write the header with 'omi message set'", "請用「omi message set」寫入這個標頭"),
)


def _time(kind: str, severity: Severity, text: Text, remedy: Text, expected: Text) -> FindingKind:
    return FindingKind(
        id=f"time-{kind}",
        severity=severity,
        text=text,
        expected=expected,
        observed=_READ,
        remedy=remedy,
    )


_FORM = Text("a time such as 2026-11-23T15:30:00+08:00", "像 2026-11-23T15:30:00+08:00 的時間")
_WRITE = Text("write it as 2026-11-23T15:30:00+08:00", "請寫成 2026-11-23T15:30:00+08:00 的格式")
_WRITE_RIGHT = Text("write {right}", "請寫成 {right}")
_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

TIME_UNREADABLE = _time(
    "unreadable",
    _ERROR,
    Text("that is no time in a known form", "無法辨識的時間格式"),
    _WRITE,
    _FORM,
)
TIME_AMBIGUOUS = _time(
    "ambiguous",
    _ERROR,
    Text(
        "the date does not begin with the year, so day and month can be mistaken for one another",
        "日期不是以年份開頭，日與月可能弄混",
    ),
    _WRITE_RIGHT,
    Text("the year first", "年份寫在最前面"),
)
TIME_ROC_YEAR = _time(
    "roc-year",
    _ERROR,
    Text("a year of the Republic of China calendar is not read", "不接受民國年"),
    _WRITE_RIGHT,
    Text("a year with four digits", "四位數的西元年"),
)
TIME_NO_TIME = _time(
    "no-time-of-day",
    _ERROR,
    Text("the time of day is missing", "缺少時刻"),
    _WRITE_RIGHT,
    Text("a date and a time", "日期與時刻"),
)
TIME_IMPOSSIBLE = _time(
    "impossible", _ERROR, Text("there is no such date or time", "沒有這個日期或時刻"), _WRITE, _FORM
)
TIME_ZONE_NAME = _time(
    "zone-name",
    _ERROR,
    Text(
        "the zone {zone} is not the same everywhere (CST is UTC-6 as well as UTC+8)",
        "時區 {zone} 的意思不一（CST 可能是 UTC-6 或 UTC+8）",
    ),
    Text("write the offset, such as +0800", "請寫出時差，例如 +0800"),
    Text("an offset, or GMT", "時差，或 GMT"),
)
TIME_WEEKDAY = _time(
    "weekday",
    _ERROR,
    Text("the day of the week does not belong to the date", "星期與日期不符"),
    Text("correct the date, or leave the day of the week out", "請更正日期，或拿掉星期"),
    Text("{right}", "{right}"),
)
TIME_CLOCK_CHANGE = _time(
    "clock-change",
    _ERROR,
    Text(
        "the clocks of {zone} change then: that hour does not exist, or exists twice",
        "{zone} 當時調整時鐘：這個時刻不存在，或出現兩次",
    ),
    Text("write the offset too, such as +08:00", "請加上時差，例如 +08:00"),
    Text("a time with its offset", "含時差的時間"),
)
TIME_PAST = _time(
    "past",
    _WARNING,
    Text("the launch time has passed", "發送時間已過"),
    Text("choose a later time, or leave the header out", "請改成較晚的時間，或拿掉這個標頭"),
    Text("later than {now}", "晚於 {now}"),
)
TIME_EXPIRED = _time(
    "expired",
    _ERROR,
    Text("the message has expired already and will not be sent", "已超過發送期限，郵件不會寄出"),
    Text("choose a later time, or leave the header out", "請改成較晚的時間，或拿掉這個標頭"),
    Text("later than {now}", "晚於 {now}"),
)
TIME_EXPIRES_FIRST = _time(
    "expires-before-launch",
    _ERROR,
    Text("the message expires before it is launched", "發送期限早於發送時間"),
    Text("choose a time after the launch", "請改成晚於發送時間"),
    Text("later than {launch}", "晚於 {launch}"),
)
TIME_FAR = _time(
    "far",
    _WARNING,
    Text("that is further than a year from now", "距今超過一年"),
    Text("check the year", "請確認年份"),
    Text("earlier than {limit}", "早於 {limit}"),
)

KINDS = (
    DUPLICATE,
    DUPLICATE_EQUAL,
    MISSPELT,
    BROKEN_LINE,
    CONTROL_CHARACTER,
    TEXT_EMPTY,
    TEXT_TOO_LONG,
    TEXT_UNDECODABLE,
    TEXT_RAW,
    TIME_UNREADABLE,
    TIME_AMBIGUOUS,
    TIME_ROC_YEAR,
    TIME_NO_TIME,
    TIME_IMPOSSIBLE,
    TIME_ZONE_NAME,
    TIME_WEEKDAY,
    TIME_CLOCK_CHANGE,
    TIME_PAST,
    TIME_EXPIRED,
    TIME_EXPIRES_FIRST,
    TIME_FAR,
)
