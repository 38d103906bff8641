"""What people and panels do wrong with records: one entry a mistake, in both languages."""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.mailauth.mangled import Damage

_EXPECTED = Text("{expected}", "{expected}")
_OBSERVED = Text("{observed}", "{observed}")
_ENTER = Text(
    "at {name}, replace {old} by: {kind} {value}",
    "請在 {name} 把 {old} 改為：{kind} {value}",
)


def _error(identifier: str, text: Text, remedy: Text = _ENTER) -> FindingKind:
    return FindingKind(
        id=identifier,
        severity=Severity.ERROR,
        text=text,
        expected=_EXPECTED,
        observed=_OBSERVED,
        remedy=remedy,
    )


def _warning(identifier: str, text: Text, remedy: Text = _ENTER) -> FindingKind:
    return FindingKind(
        id=identifier,
        severity=Severity.WARNING,
        text=text,
        expected=_EXPECTED,
        observed=_OBSERVED,
        remedy=remedy,
    )


DAMAGES = {
    Damage.SMART_QUOTES: _error(
        Damage.SMART_QUOTES.value,
        Text(
            "the record holds the curly quotes of a word processor, which become part of it",
            "記錄中有文書軟體的彎引號，會變成內容的一部分",
        ),
        Text(
            "paste as plain text, without quotes; at {name}, replace {old} by: {kind} {value}",
            "請以純文字貼上、不加引號；在 {name} 把 {old} 改為：{kind} {value}",
        ),
    ),
    Damage.INVISIBLE: _error(
        Damage.INVISIBLE.value,
        Text(
            "the record holds characters that cannot be seen, or full-width ones",
            "記錄中有看不見的字元或全形字元",
        ),
        Text(
            "type it, or paste it from a plain text editor; at {name}, replace"
            " {old} by: {kind} {value}",
            "請重新輸入，或先貼到純文字編輯器再複製；在 {name} 把 {old} 改為：{kind} {value}",
        ),
    ),
    Damage.SEMICOLON_ESCAPED: _error(
        Damage.SEMICOLON_ESCAPED.value,
        Text(
            "a backslash stands before a semicolon: the panel took the form of a zone file for"
            " the text itself",
            "分號前有反斜線：面板把區域檔的寫法當成了內容",
        ),
    ),
    Damage.STRINGS_JOINED: _error(
        Damage.STRINGS_JOINED.value,
        Text(
            "the text was cut into strings, and joining them left a space or quotes in it",
            "內容被切成幾段，接回去時多了空格或引號",
        ),
        Text(
            "enter it in one piece and let the panel cut it; at {name}, replace"
            " {old} by: {kind} {value}",
            "請整段貼上，由面板自動切段；在 {name} 把 {old} 改為：{kind} {value}",
        ),
    ),
    Damage.QUOTES_DOUBLED: _error(
        Damage.QUOTES_DOUBLED.value,
        Text(
            "the quotes are part of the text: the panel adds its own",
            "引號變成了內容：這個面板會自己加引號",
        ),
        Text(
            "leave the quotes out; at {name}, replace {old} by: {kind} {value}",
            "請不要加引號；在 {name} 把 {old} 改為：{kind} {value}",
        ),
    ),
    Damage.QUOTES_MISSING: _error(
        Damage.QUOTES_MISSING.value,
        Text(
            "the text was cut at a space or a semicolon, because it stood without quotes",
            "內容沒有放在引號裡，遇到空格或分號就被切斷",
        ),
        Text(
            'put the text into double quotes; at {name}, replace {old} by: {kind} "{value}"',
            '請把內容放在雙引號裡；在 {name} 把 {old} 改為：{kind} "{value}"',
        ),
    ),
    Damage.SEMICOLON_DROPPED: _error(
        Damage.SEMICOLON_DROPPED.value,
        Text(
            "the semicolons between the tags are gone, so receivers see one tag",
            "標籤之間的分號不見了，收件端只看到一個標籤",
        ),
    ),
    Damage.KEY_CUT: _error(
        Damage.KEY_CUT.value,
        Text(
            "the key ends after 255 characters, where one string of TXT ends",
            "金鑰在第 255 個字元被截斷（TXT 一段的上限）",
        ),
        Text(
            "a CNAME needs no long text; at {name}, replace {old} by: {kind} {value}",
            "改用 CNAME 就不必貼長內容；在 {name} 把 {old} 改為：{kind} {value}",
        ),
    ),
}

DOMAIN_TWICE = _error(
    "domain-twice",
    Text(
        "the record stands at {misplaced}: the panel appended the domain to the whole name",
        "記錄設在 {misplaced}：面板又在完整名稱後面加了一次網域",
    ),
    Text(
        "enter the short name {short}; remove {misplaced}, and at {name} enter: {kind} {value}",
        "名稱請只填 {short}；刪除 {misplaced}，並在 {name} 設定：{kind} {value}",
    ),
)
SELECTOR_WRONG = _error(
    "selector-wrong",
    Text(
        "the record stands at {misplaced}, where no receiver looks for this key",
        "記錄設在 {misplaced}，收件端不會到那裡找這把金鑰",
    ),
    Text(
        "remove {misplaced}, and at {name} enter: {kind} {value}",
        "請刪除 {misplaced}，並在 {name} 設定：{kind} {value}",
    ),
)
WRONG_ZONE = _error(
    "record-in-wrong-zone",
    Text(
        "the record stands at servers that the domain is not delegated to ({servers})",
        "記錄設在沒有被委派的伺服器上（{servers}）",
    ),
    Text(
        "enter it where the domain's name servers are ({delegated}): at {name}, {kind} {value};"
        " or let the registrar delegate the domain to {servers}",
        "請到網域目前的名稱伺服器（{delegated}）設定：{name}，{kind} {value}；"
        "或請註冊商把網域委派給 {servers}",
    ),
)
CNAME_PROXIED = _error(
    "cname-proxied",
    Text(
        "the name has addresses instead of the CNAME: it is proxied (Cloudflare's orange cloud)",
        "這個名稱回應的是位址而不是 CNAME：被代理了（Cloudflare 橘雲）",
    ),
    Text(
        "switch the proxy of {name} to \u201cDNS only\u201d, so that it is: {kind} {value}",
        "請把 {name} 的 Proxy status 改為「DNS only」（灰雲），使它成為：{kind} {value}",
    ),
)
CNAME_BESIDE = _error(
    "cname-beside-others",
    Text(
        "other records stand beside the CNAME, which must be alone (RFC 1034 3.6.2)",
        "CNAME 旁還有其他記錄；同一名稱有 CNAME 就不能有別的（RFC 1034 3.6.2）",
    ),
    Text(
        "at {name}, remove {others} and leave only: {kind} {value}",
        "請在 {name} 刪除 {others}，只留下：{kind} {value}",
    ),
)
CNAME_WRONG = _error(
    "cname-wrong-target",
    Text("the CNAME leads to another name", "CNAME 指向了別的名稱"),
)
DKIM_MISSING = _error(
    "dkim-missing",
    Text("nothing stands where receivers look for the key", "收件端找金鑰的地方沒有任何記錄"),
    Text("at {name} enter: {kind} {value}", "請在 {name} 設定：{kind} {value}"),
)
KEY_COPIED = _warning(
    "key-copied",
    Text(
        "the key itself stands in place of the CNAME; mail fails as soon as the key changes",
        "這裡放的是金鑰本身而不是 CNAME；下次換金鑰時信件就會驗證失敗",
    ),
)
KEY_OLD = _error(
    "key-old",
    Text(
        "a key stands here that the relays do not sign with, so every signature fails",
        "這裡的金鑰不是主機目前簽章用的，所有簽章都會失敗",
    ),
)
KEY_REVOKED = _error(
    "key-revoked",
    Text(
        "p= is empty, which says that the key was revoked (RFC 6376 3.6.1)",
        "p= 是空的，表示金鑰已撤銷（RFC 6376 3.6.1）",
    ),
)
KEY_UNUSABLE = _error(
    "key-unusable",
    Text("receivers cannot use the key record: {detail}", "收件端無法使用這筆金鑰記錄：{detail}"),
)
KEY_NOT_SIGNING = _error(
    "key-not-the-relays",
    Text(
        "the key behind {name} is not the one that the relays sign with",
        "{name} 背後的金鑰不是主機簽章用的那一把",
    ),
    Text(
        "the operator publishes it: run deploys/dns.py for the operator's zone",
        "由營運者發布：請對營運網域執行 deploys/dns.py",
    ),
)
KEY_NOWHERE = _error(
    "key-missing",
    Text(
        "no key stands behind any of the domain's CNAMEs",
        "這個網域的 CNAME 背後沒有任何金鑰",
    ),
    Text(
        "the operator publishes it: run deploys/relay.py, which makes the key, for the inventory"
        " with this domain",
        "由營運者發布：請以包含此網域的清單執行 deploys/relay.py 產生金鑰",
    ),
)
KEY_WEAK = _warning(
    "key-weak",
    Text(
        "the key has {detail} bits; receivers may begin to refuse fewer than 2048 (RFC 8301 3.2)",
        "金鑰只有 {detail} 位元；收件端可能開始拒絕低於 2048 位元的金鑰（RFC 8301 3.2）",
    ),
    Text(
        "the operator rotates to a longer key: deploys/dkim.py",
        "由營運者換成較長的金鑰：deploys/dkim.py",
    ),
)
SPF_TWO = _error(
    "spf-two-records",
    Text(
        "there are {count} SPF records; receivers accept none then (RFC 7208 4.5)",
        "有 {count} 筆 SPF 記錄，收件端會全部不採用（RFC 7208 4.5）",
    ),
)
SPF_MISSING = _error(
    "spf-missing",
    Text("there is no SPF record", "沒有 SPF 記錄"),
    Text("at {name} enter: {kind} {value}", "請在 {name} 設定：{kind} {value}"),
)
SPF_TYPE_99 = _error(
    "spf-type-99",
    Text(
        "SPF stands in a record of type SPF (99), which nobody reads any more (RFC 7208 3.1)",
        "SPF 設成了 SPF 型別（99），已經沒有人讀取（RFC 7208 3.1）",
    ),
    Text("at {name} enter as TXT: {kind} {value}", "請在 {name} 改用 TXT 設定：{kind} {value}"),
)
SPF_SYNTAX = _error(
    "spf-syntax",
    Text("the SPF record is not written as SPF is: {detail}", "SPF 記錄的寫法有誤：{detail}"),
)
SPF_NOT_OURS = _error(
    "spf-not-included",
    Text(
        "SPF says {result} for our addresses: {addresses}",
        "SPF 對我們的位址結果是 {result}：{addresses}",
    ),
)
SPF_PERMERROR = _error(
    "spf-permerror",
    Text("receivers give up on the SPF record: {detail}", "收件端無法評估這筆 SPF：{detail}"),
    Text(
        "correct or remove the term that is named; with it repaired, at {name}: {kind} {value}",
        "請更正或刪除上述項目；修正後在 {name} 設定：{kind} {value}",
    ),
)
SPF_BUDGET = _error(
    "spf-over-budget",
    Text(
        "the SPF record needs {lookups} look-ups where receivers make 10 (RFC 7208 4.6.4)",
        "這筆 SPF 需要 {lookups} 次查詢，收件端最多只做 10 次（RFC 7208 4.6.4）",
    ),
    Text(
        "take out includes of services that are no longer used, or replace them by their"
        " addresses, until 10 are left; the tree shows what each costs: {tree}",
        "請刪除已不使用的 include，或改列 IP 位址，直到不超過 10 次；各項用量：{tree}",
    ),
)
SPF_VOID = _error(
    "spf-void-lookups",
    Text(
        "the SPF record asks for {voids} names that do not exist; receivers stop after 2"
        " (RFC 7208 4.6.4)",
        "這筆 SPF 查詢了 {voids} 個不存在的名稱，收件端超過 2 個就停止（RFC 7208 4.6.4）",
    ),
    Text(
        "take out the terms whose names are gone; the tree marks them: {tree}",
        "請刪除名稱已不存在的項目，清單中有標示：{tree}",
    ),
)
SPF_ALL = _error(
    "spf-passes-all",
    Text(
        "the SPF record lets the whole world send (+all)",
        "這筆 SPF 讓全世界都能代寄（+all）",
    ),
)
DMARC_TWO = _error(
    "dmarc-two-records",
    Text(
        "there are {count} DMARC records; receivers apply none then (RFC 7489 6.6.3)",
        "有 {count} 筆 DMARC 記錄，收件端會全部不採用（RFC 7489 6.6.3）",
    ),
)
DMARC_MISSING = _error(
    "dmarc-missing",
    Text(
        "there is no DMARC policy; Gmail and Yahoo want one",
        "沒有 DMARC 政策；Gmail 與 Yahoo 都要求要有",
    ),
    Text("at {name} enter: {kind} {value}", "請在 {name} 設定：{kind} {value}"),
)
DMARC_APEX = _error(
    "dmarc-at-apex",
    Text(
        "the DMARC record stands at {misplaced}; receivers look at {name} only",
        "DMARC 記錄設在 {misplaced}；收件端只看 {name}",
    ),
    Text(
        "remove it from {misplaced}, and at {name} enter: {kind} {value}",
        "請從 {misplaced} 刪除，並在 {name} 設定：{kind} {value}",
    ),
)
DMARC_UNREADABLE = _error(
    "dmarc-unreadable",
    Text("receivers cannot read the DMARC record: {detail}", "收件端無法讀取 DMARC 記錄：{detail}"),
)
DMARC_REPORTS = _warning(
    "dmarc-reports-unwelcome",
    Text(
        "reports to {addresses} are not sent: that domain does not say that it takes them"
        " (RFC 7489 7.1)",
        "寄到 {addresses} 的報告不會送出：該網域沒有表示願意接收（RFC 7489 7.1）",
    ),
    Text(
        "have the owner of that address publish TXT v=DMARC1 at {name}, or report to another",
        "請該地址的網域擁有者在 {name} 發布 TXT v=DMARC1，或改用其他地址",
    ),
)
DMARC_MANY = _warning(
    "dmarc-reports-to-many",
    Text(
        "reports are to go to {count} other domains; only the first {most} of them were asked, and"
        " receivers may send to two addresses alone (RFC 7489 6.2)",
        "報告要寄到 {count} 個其他網域；只查詢了前 {most} 個，而收件端可能只寄給兩個地址"
        "（RFC 7489 6.2）",
    ),
    Text(
        "decide which two addresses of rua= and ruf= at {name} matter most, and have them first",
        "請決定 {name} 的 rua= 與 ruf= 中哪兩個地址最重要，並把它們排在最前面",
    ),
)
