"""What the checks of names and connections are, and what they find, in both languages."""

from omi_core.findings.finding import FindingKind, Severity, Text
from omi_core.findings.verdict import Check

NAME_RESOLVES = Check(id="name-resolves", title=Text("the name resolves", "名稱可以解析"))
IPV6 = Check(id="name-has-ipv6", title=Text("the name has an IPv6 address", "名稱有 IPv6 位址"))
IPV4 = Check(id="name-has-ipv4", title=Text("the name has an IPv4 address", "名稱有 IPv4 位址"))
ADDRESS_PUBLIC = Check(
    id="address-usable",
    title=Text("the addresses are ones that customers can reach", "位址是客戶可以連到的"),
)
ADDRESS_EXPECTED = Check(
    id="address-expected",
    title=Text("the addresses are those of the inventory", "位址與清單相同"),
)
PTR = Check(
    id="address-has-ptr",
    title=Text(
        "each address has a name, which leads back to it", "每個位址有反解名稱，且能正解回來"
    ),
)
PORT_OPEN = Check(id="port-open", title=Text("the port is open", "連接埠開放"))
BANNER = Check(id="banner", title=Text("the server greets with 220", "伺服器以 220 問候"))
EHLO = Check(id="ehlo", title=Text("EHLO is answered", "EHLO 得到回應"))

_MEND_DNS = Text("publish A and AAAA records for {name}", "請為 {name} 發布 A 與 AAAA 紀錄")
_REPLY = Text("{observed}", "{observed}")

NAME_NOT_THERE = FindingKind(
    id="name-not-there",
    severity=Severity.ERROR,
    text=Text("the name has no address, so nobody can connect", "名稱沒有任何位址，無人能連線"),
    expected=Text("an A and an AAAA record", "A 與 AAAA 紀錄"),
    observed=Text("neither A nor AAAA", "A 與 AAAA 都沒有"),
    remedy=_MEND_DNS,
)
NO_IPV4 = FindingKind(
    id="name-without-ipv4",
    severity=Severity.ERROR,
    text=Text(
        "the name has only IPv6 addresses; most customers' networks reach only IPv4",
        "名稱只有 IPv6 位址；多數客戶的網路只能連 IPv4",
    ),
    expected=Text("an A record", "A 紀錄"),
    observed=Text("only {addresses}", "只有 {addresses}"),
    remedy=Text("publish an A record for {name}", "請為 {name} 發布 A 紀錄"),
)
NO_IPV6 = FindingKind(
    id="name-without-ipv6",
    severity=Severity.WARNING,
    text=Text(
        "the name has no IPv6 address; customers on IPv6-only networks need one",
        "名稱沒有 IPv6 位址；只有 IPv6 的網路會連不到",
    ),
    expected=Text("an AAAA record", "AAAA 紀錄"),
    observed=Text("only {addresses}", "只有 {addresses}"),
    remedy=Text("publish an AAAA record for {name}", "請為 {name} 發布 AAAA 紀錄"),
)
NOT_USABLE = FindingKind(
    id="address-loopback",
    severity=Severity.ERROR,
    text=Text(
        "the name leads to {address}, which is every computer's own; customers reach nothing",
        "名稱指向 {address}，那是每台電腦自己的位址；客戶連不到任何伺服器",
    ),
    expected=Text("the relay's public address", "轉送主機的公開位址"),
    observed=Text("{address}", "{address}"),
    remedy=Text("correct the A and AAAA records of {name}", "請更正 {name} 的 A 與 AAAA 紀錄"),
)
NOT_EXPECTED = FindingKind(
    id="address-unexpected",
    severity=Severity.ERROR,
    text=Text("the name leads somewhere else than the inventory says", "名稱指向的位址與清單不同"),
    expected=Text("{expected}", "{expected}"),
    observed=Text("{addresses}", "{addresses}"),
    remedy=Text(
        "publish the inventory's addresses for {name}, or correct the inventory",
        "請為 {name} 發布清單中的位址，或更正清單",
    ),
)
PTR_MISSING = FindingKind(
    id="ptr-missing",
    severity=Severity.WARNING,
    text=Text(
        "{address} has no name; large receivers refuse mail from such addresses",
        "{address} 沒有反解名稱；大型收件端會拒收這種位址寄出的信",
    ),
    expected=Text("a PTR record that names the relay", "指向轉送主機名稱的 PTR 紀錄"),
    observed=Text("no PTR record", "沒有 PTR 紀錄"),
    remedy=Text(
        "have the owner of the address set its reverse DNS to the relay's name",
        "請位址的提供者（主機商）把反解設為轉送主機的名稱",
    ),
)
PTR_UNCONFIRMED = FindingKind(
    id="ptr-unconfirmed",
    severity=Severity.WARNING,
    text=Text(
        "the name of {address} does not lead back to it", "{address} 的反解名稱無法正解回該位址"
    ),
    expected=Text("a PTR name whose A or AAAA is {address}", "PTR 名稱的 A 或 AAAA 是 {address}"),
    observed=Text("{pointers}", "{pointers}"),
    remedy=Text(
        "publish {address} for {pointers}, or correct the reverse DNS",
        "請為 {pointers} 發布 {address}，或更正反解",
    ),
)
PORT_CLOSED = FindingKind(
    id="port-closed",
    severity=Severity.ERROR,
    text=Text("nobody can connect to port {port}", "無法連到連接埠 {port}"),
    expected=Text("a server that listens", "有伺服器接聽"),
    observed=_REPLY,
    remedy=Text(
        "start the server, or open port {port} in the firewalls between here and it",
        "請啟動伺服器，或在途中的防火牆開放連接埠 {port}",
    ),
)
PORT_25_BLOCKED = FindingKind(
    id="port-25-blocked",
    severity=Severity.ERROR,
    text=Text(
        "port 25 cannot be reached from here, but others of this server can: many networks block"
        " it (dynamic addresses, ADSL, 4G/5G, shared web hosting)",
        "從這裡連不到連接埠 25，但這台伺服器的其他連接埠可以：許多網路會封鎖它"
        "（浮動 IP、ADSL、4G/5G、共用虛擬主機如 WordPress）",
    ),
    expected=Text("an open port 25", "連接埠 25 開放"),
    observed=_REPLY,
    remedy=Text(
        "use port 465 (TLS) or 587 (STARTTLS) from this network; if all networks show this, open"
        " port 25 at the server",
        "在這個網路請改用 465（SSL）或 587（STARTTLS）；若各處網路都一樣，請在伺服器端開放 25",
    ),
)
BANNER_REFUSED = FindingKind(
    id="banner-refused",
    severity=Severity.ERROR,
    text=Text("the server refuses to serve", "伺服器拒絕服務"),
    expected=Text("220", "220"),
    observed=_REPLY,
    remedy=Text(
        "read the server's words: this address may be blocked there, or the service is off",
        "請看伺服器的說明：這個位址可能被封鎖，或服務已停止",
    ),
)
BANNER_WRONG = FindingKind(
    id="banner-missing",
    severity=Severity.ERROR,
    text=Text(
        "the server connects and does not greet as SMTP does", "連線後伺服器沒有以 SMTP 問候"
    ),
    expected=Text("220 and the server's name (RFC 5321 4.2)", "220 與伺服器名稱（RFC 5321 4.2）"),
    observed=_REPLY,
    remedy=Text(
        "see whether the mail server behind port {port} works, and whether the port speaks TLS"
        " where it is tried without, or the reverse",
        "請檢查連接埠 {port} 的郵件伺服器是否正常，以及加密方式是否弄反",
    ),
)
EHLO_WRONG = FindingKind(
    id="ehlo-failed",
    severity=Severity.ERROR,
    text=Text("the server does not answer EHLO as it must", "伺服器沒有正確回應 EHLO"),
    expected=Text("250 and its keywords (RFC 5321 4.1.1.1)", "250 與各項功能（RFC 5321 4.1.1.1）"),
    observed=_REPLY,
    remedy=Text(
        "look into the server's log at this time; something between may also break the session",
        "請查看伺服器當時的紀錄；途中的設備也可能中斷連線",
    ),
)
