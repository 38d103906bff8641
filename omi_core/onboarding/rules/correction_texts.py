"""What a person has to correct himself, because a remedy could only guess: in both languages."""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.mailauth.spf.fault import SENTENCES, Cause, SpfFault

_IN_CHINESE = {
    Cause.ALL_GLUED: "{term}：{part} 前面少了一個空格",
    Cause.TERMS_GLUED: "{term}：{part} 前面少了一個空格",
    Cause.SPACED: "{term}：中間不可有空格",
    Cause.IP_VERSION: "{term}：正確名稱是 {part}",
    Cause.EQUALS: "{term}：應該用 :，不是 =",
    Cause.DOT: "{term}：應該用 :，不是 .",
    Cause.TWICE: "{term}：{part} 只能出現一次（RFC 7208 6）",
    Cause.UNREADABLE: "{term}：收件端不認得這個項目",
}
_CAUSES = {cause: Text(SENTENCES[cause], _IN_CHINESE[cause]) for cause in Cause}

SPF = Text(
    "{fault}; correct this term, leave all others as they are, and have {include} stand before all",
    "{fault}；請更正這個項目，其他內容保持不變，並讓 {include} 出現在 all 之前",
)
SPF_SEVERAL = Text(
    "{fault}; correct this term, then join the {count} records into one, without losing a term, and"
    " have {include} stand before all",
    "{fault}；請更正這個項目，再把 {count} 筆記錄合併成一筆（不可遺漏任何項目），"
    "並讓 {include} 出現在 all 之前",
)
LEFT_OUT = Text(
    "left out, because only one of its kind may stand (RFC 7208 6): {terms}",
    "未保留（同類項目只能有一個，RFC 7208 6）：{terms}",
)
PASSES_ALL = Text(
    "+all lets the whole world send; here it is ~all",
    "+all 會讓全世界都能代寄，這裡改為 ~all",
)
DMARC = Text(
    "{term} cannot be read, and may ask for more than p=none; correct it, and leave everything else"
    " as it is",
    "無法讀取 {term}，原意可能比 p=none 更嚴格；請更正，其他內容保持不變",
)
DMARC_LEFT_OUT = Text(
    "not in this record, since it cannot be read or something else stands for it: {terms}",
    "未放入這筆記錄（無法讀取，或已有其他內容取代）：{terms}",
)
DMARC_PASSED_OVER = Text(
    "receivers pass over {terms} (RFC 7489 6.3)", "收件端會略過 {terms}（RFC 7489 6.3）"
)

# Remedies, in place of one that would have a record replaced.
BY_HAND = Text(
    "at {name}, replace nothing, but edit the record that stands there: {note}",
    "在 {name} 請不要整筆取代，只編輯現有的記錄：{note}",
)
ELSEWHERE = Text(
    "at {name}, enter as TXT what stands elsewhere, {text}, without losing a term: {note}",
    "在 {name} 以 TXT 設定目前放錯地方的 {text}，不可遺漏任何項目：{note}",
)
BEHIND_ALL = Text(
    "{term} stands behind all, where nothing is tested (RFC 7208 5.1)",
    "{term} 放在 all 之後，不會被檢查（RFC 7208 5.1）",
)
NO_PASS = Text(
    "a match of {term} is no pass, because of its qualifier; it is written {include}",
    "{term} 前面的符號使相符時也不算通過；應寫成 {include}",
)
OURS_FIRST = Text(
    "a term before {include} decides for our addresses; put {include} first: at {name}, replace"
    " {old} by: TXT {value}",
    "{include} 之前的項目先決定了結果；請把 {include} 移到最前面："
    "在 {name} 把 {old} 改為：TXT {value}",
)
OPERATOR = Text(
    "the record is right; the operator publishes what {include} says: run deploys/dns.py",
    "記錄本身正確；{include} 的內容由營運者發布：請執行 deploys/dns.py",
)

DMARC_TAG_IGNORED = FindingKind(
    id="dmarc-tag-ignored",
    severity=Severity.WARNING,
    text=Text(
        "receivers pass over what they cannot read in the policy: {terms} (RFC 7489 6.3)",
        "收件端會略過政策中無法讀取的部分：{terms}（RFC 7489 6.3）",
    ),
    expected=Text("TXT {cleaned}", "TXT {cleaned}"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "at {name}, write {terms} as name=value, or take it out; without it: TXT {cleaned}",
        "在 {name} 把 {terms} 改成「名稱=值」的寫法，或刪除；刪除後為：TXT {cleaned}",
    ),
)
DMARC_UNADDRESSED = FindingKind(
    id="dmarc-reports-unaddressed",
    severity=Severity.WARNING,
    text=Text(
        "no report is ever sent to {addresses}: the address is not written as a URI with mailto:"
        " (RFC 7489 6.2)",
        "不會有報告寄到 {addresses}：位址沒有寫成 mailto: 開頭的 URI（RFC 7489 6.2）",
    ),
    expected=Text("{expected}", "{expected}"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "at {name}, replace {old} by: {kind} {value}",
        "請在 {name} 把 {old} 改為：{kind} {value}",
    ),
)
DMARC_DISCARDED = FindingKind(
    id="dmarc-record-discarded",
    severity=Severity.WARNING,
    text=Text(
        "receivers discard a record beside the policy: v=DMARC1 is written in capitals"
        " (RFC 7489 6.4)",
        "收件端會捨棄政策旁的另一筆記錄：v=DMARC1 必須大寫（RFC 7489 6.4）",
    ),
    expected=Text("{expected}", "{expected}"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "at {name}, replace {old} by: {kind} {value}",
        "請在 {name} 把 {old} 改為：{kind} {value}",
    ),
)


def sentence(fault: SpfFault) -> Text:
    """Return what is wrong with a term."""
    return _CAUSES[fault.cause].format(**fault.shown)
