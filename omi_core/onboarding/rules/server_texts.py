"""What is looked at for a domain, and what is wrong with its servers, in both languages."""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.findings.verdict import Check

CHECKED = Check(id="domain-checked", title=Text("the domain was checked", "已檢查這個網域"))
DELEGATED = Check(
    id="domain-delegated", title=Text("the domain is delegated", "網域已委派給名稱伺服器")
)
ANSWER = Check(
    id="servers-answer",
    title=Text("every name server answers for the domain", "每台名稱伺服器都能回應這個網域"),
)
AGREE = Check(
    id="servers-agree",
    title=Text("all name servers say the same", "所有名稱伺服器的內容一致"),
)
CONSISTENT = Check(
    id="delegation-consistent",
    title=Text(
        "the zone names the servers that its parent delegates to", "網域內的 NS 與上層委派相同"
    ),
)
SPF_RECORD = Check(
    id="spf-record", title=Text("there is one SPF record, well-formed", "有一筆且寫法正確的 SPF")
)
SPF_RELAYS = Check(
    id="spf-relays",
    title=Text("SPF passes every address of the relays", "SPF 接受每一個主機位址"),
)
SPF_LIMITS = Check(
    id="spf-limits", title=Text("SPF stays within its look-ups", "SPF 未超過查詢次數上限")
)
DKIM_NAME = Check(
    id="dkim-name",
    title=Text("each selector leads to its key", "每個 selector 都指向對應的金鑰"),
)
DKIM_KEY = Check(
    id="dkim-key", title=Text("receivers can verify with the key", "收件端可以用金鑰驗證")
)
DMARC_RECORD = Check(
    id="dmarc-record", title=Text("one DMARC policy applies", "有一筆有效的 DMARC 政策")
)
DMARC_REPORTED = Check(
    id="dmarc-reports", title=Text("reports are welcome where they go", "報告的收件網域願意接收")
)
DNSSEC = Check(id="dnssec", title=Text("DNSSEC does not stand in the way", "DNSSEC 沒有造成阻礙"))

OPERATOR = Check(
    id="operator-records",
    title=Text("the operator's own records are published", "營運者自己的記錄已發布"),
)

_MEND_AT_PROVIDER = Text(
    "have the provider of {server} mend it, or take it out of the name servers at the registrar",
    "請 {server} 的業者修復，或在註冊商處把它從名稱伺服器中移除",
)

NOT_THERE = FindingKind(
    id="domain-not-there",
    severity=Severity.ERROR,
    text=Text("the domain does not exist in DNS", "DNS 中沒有這個網域"),
    expected=Text("a delegation from {parent}", "由 {parent} 委派"),
    observed=Text("{parent} says that there is no {domain}", "{parent} 表示沒有 {domain}"),
    remedy=Text(
        "see whether the name is spelled right, and whether the domain is registered and paid",
        "請確認拼字是否正確、網域是否已註冊且未過期",
    ),
)
NO_SERVER = FindingKind(
    id="delegation-without-server",
    severity=Severity.ERROR,
    text=Text("no name server of the delegation has an address", "委派的名稱伺服器都沒有位址"),
    expected=Text("name servers with addresses", "有位址的名稱伺服器"),
    observed=Text("{servers}", "{servers}"),
    remedy=Text(
        "correct the name servers at the registrar, and their glue records",
        "請在註冊商處更正名稱伺服器與其 glue 記錄",
    ),
)
LAME = FindingKind(
    id="server-lame",
    severity=Severity.ERROR,
    text=Text(
        "{server} is a name server of the domain, and does not serve it",
        "{server} 是這個網域的名稱伺服器，卻沒有提供這個網域的資料",
    ),
    expected=Text("an authoritative answer", "權威回應"),
    observed=Text("{observed}", "{observed}"),
    remedy=_MEND_AT_PROVIDER,
)
SILENT = FindingKind(
    id="server-silent",
    severity=Severity.ERROR,
    text=Text("{server} does not answer", "{server} 沒有回應"),
    expected=Text("an answer over UDP, and over TCP where it is long", "以 UDP 回應，過長時以 TCP"),
    observed=Text("{observed}", "{observed}"),
    remedy=_MEND_AT_PROVIDER,
)
NO_TCP = FindingKind(
    id="server-without-tcp",
    severity=Severity.ERROR,
    text=Text(
        "{server} cuts its answer off and cannot be asked over TCP (RFC 7766 5)",
        "{server} 的回應被截斷，且無法用 TCP 查詢（RFC 7766 5）",
    ),
    expected=Text("the whole answer over TCP", "以 TCP 取得完整回應"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text("open TCP port 53 at {server}", "請在 {server} 開放 TCP 53"),
)
DISAGREE = FindingKind(
    id="servers-disagree",
    severity=Severity.ERROR,
    text=Text(
        "the servers say different things about {name}, so mail passes or fails by chance",
        "各伺服器對 {name} 的內容不同，信件能否通過要看運氣",
    ),
    expected=Text("{expected}", "{expected}"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "wait for the transfer to {servers} ({ttl} s are usual), else have its provider look at"
        " the transfers; until then caches may hold either for {ttl} s",
        "請等待 {servers} 同步（通常 {ttl} 秒），否則請業者檢查區域傳送；"
        "在那之前快取可能保留任一內容 {ttl} 秒",
    ),
)
DIFFERS = FindingKind(
    id="delegation-differs",
    severity=Severity.WARNING,
    text=Text(
        "the zone names other servers than its parent delegates to",
        "網域內的 NS 與上層委派的不同",
    ),
    expected=Text("{expected}", "{expected}"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "make the NS records of the zone and the name servers at the registrar the same",
        "請讓網域內的 NS 記錄與註冊商處的名稱伺服器一致",
    ),
)
DNSSEC_BROKEN = FindingKind(
    id="dnssec-broken",
    severity=Severity.ERROR,
    text=Text(
        "the parent says that the zone is signed, and its answers are not; receivers that"
        " validate see nothing of it",
        "上層表示這個網域有 DNSSEC 簽章，但回應沒有；會驗證的收件端什麼都看不到",
    ),
    expected=Text("signatures that hold now (RFC 4035 5.3.1)", "目前有效的簽章（RFC 4035 5.3.1）"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "sign the zone again, or remove the DS records at the registrar",
        "請重新簽署網域，或在註冊商處移除 DS 記錄",
    ),
)

OPERATOR_DIFFERS = FindingKind(
    id="operator-record-differs",
    severity=Severity.ERROR,
    text=Text(
        "{name} {kind} is not what the inventory says; every customer depends on it",
        "{name} {kind} 與清單不同；所有客戶都依賴這筆記錄",
    ),
    expected=Text("{expected}", "{expected}"),
    observed=Text("{observed}", "{observed}"),
    remedy=Text(
        "publish it: run deploys/dns.py; if it was, look at the transfers to {servers}",
        "請執行 deploys/dns.py 發布；若已發布，請檢查到 {servers} 的區域傳送",
    ),
)

STATES = {
    "unsigned": Text("not signed", "未使用 DNSSEC"),
    "signed": Text("signed, and the parent says so", "已簽章，上層也有 DS"),
    "island": Text(
        "signed, but without DS at the parent: as good as unsigned",
        "已簽章，但上層沒有 DS，等同未使用",
    ),
    "broken": Text("broken", "已損壞"),
}
NOT_REACHED = Text("the name servers could not be asked: {why}", "無法查詢名稱伺服器：{why}")
NO_ROUTE = Text(
    "this machine has no IPv{family} route, so {servers} was not looked at; -{other} leaves IPv"
    "{family} out",
    "這台電腦沒有 IPv{family} 路由，未能查看 {servers}；-{other} 可略過 IPv{family}",
)
FAMILY_SILENT = Text(
    "no server answers over IPv{family} from here: {servers}; -{other} leaves it out",
    "從這裡以 IPv{family} 查詢都沒有回應：{servers}；-{other} 可略過",
)
FAMILY_UNREADABLE = Text(
    "what the servers answer over IPv{family} cannot be read: {servers}: {why}",
    "伺服器以 IPv{family} 回應的內容無法讀取：{servers}：{why}",
)
TEMPORARY = Text("could not be evaluated: {why}", "無法評估：{why}")
KEYS_UNKNOWN = Text(
    "{keys}; not compared with the relays (--keys)", "{keys}；未與主機上的金鑰比對（--keys）"
)
