"""What is looked at for a domain, and what is wrong with its servers."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

CHECKED = Check(id="domain-checked", title=Text("Look at the domain"))
DELEGATED = Check(id="domain-delegated", title=Text("Delegation of the domain"))
ANSWER = Check(
    id="servers-answer",
    title=Text("Answers of every name server"),
)
AGREE = Check(
    id="servers-agree",
    title=Text("Agreement of the name servers"),
)
CONSISTENT = Check(
    id="delegation-consistent",
    title=Text("Name servers in the zone and at its parent"),
)
SPF_RECORD = Check(id="spf-record", title=Text("SPF record"))
SPF_RELAYS = Check(
    id="spf-relays",
    title=Text("SPF for the addresses of the relays"),
)
SPF_LIMITS = Check(id="spf-limits", title=Text("Look-ups of SPF"))
DKIM_NAME = Check(
    id="dkim-name",
    title=Text("DKIM selectors"),
)
DKIM_KEY = Check(id="dkim-key", title=Text("DKIM keys"))
DMARC_RECORD = Check(id="dmarc-record", title=Text("DMARC policy"))
DMARC_REPORTED = Check(id="dmarc-reports", title=Text("DMARC reports"))
DNSSEC = Check(id="dnssec", title=Text.plain("DNSSEC"))

OPERATOR = Check(
    id="operator-records",
    title=Text("The operator's own records"),
)

_MEND_AT_PROVIDER = Text(
    "have the provider of {server} mend it, or take it out of the name servers at the registrar"
)

NOT_THERE = FindingKind(
    id="domain-not-there",
    severity=Severity.ERROR,
    text=Text("the domain does not exist in DNS"),
    expected=Text("a delegation from {parent}"),
    observed=Text("{parent} says that there is no {domain}"),
    remedy=Text(
        "see whether the name is spelled right, and whether the domain is registered and paid"
    ),
)
NO_SERVER = FindingKind(
    id="delegation-without-server",
    severity=Severity.ERROR,
    text=Text("no name server of the delegation has an address"),
    expected=Text("name servers with addresses"),
    observed=Text.plain("{servers}"),
    remedy=Text("correct the name servers at the registrar, and their glue records"),
)
LAME = FindingKind(
    id="server-lame",
    severity=Severity.ERROR,
    text=Text("{server} is a name server of the domain, and does not serve it"),
    expected=Text("an authoritative answer"),
    observed=Text.plain("{observed}"),
    remedy=_MEND_AT_PROVIDER,
)
SILENT = FindingKind(
    id="server-silent",
    severity=Severity.ERROR,
    text=Text("{server} does not answer"),
    expected=Text("an answer over UDP, and over TCP where it is long"),
    observed=Text.plain("{observed}"),
    remedy=_MEND_AT_PROVIDER,
)
NO_TCP = FindingKind(
    id="server-without-tcp",
    severity=Severity.ERROR,
    text=Text("{server} cuts its answer off and cannot be asked over TCP (RFC 7766 5)"),
    expected=Text("the whole answer over TCP"),
    observed=Text.plain("{observed}"),
    remedy=Text("open TCP port 53 at {server}"),
)
DISAGREE = FindingKind(
    id="servers-disagree",
    severity=Severity.ERROR,
    text=Text("the servers say different things about {name}, so mail passes or fails by chance"),
    expected=Text.plain("{expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "wait for the transfer to {servers} ({ttl} s are usual), else have its provider look at"
        " the transfers; until then caches may hold either for {ttl} s"
    ),
)
DIFFERS = FindingKind(
    id="delegation-differs",
    severity=Severity.WARNING,
    text=Text("the zone names other servers than its parent delegates to"),
    expected=Text.plain("{expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text("make the NS records of the zone and the name servers at the registrar the same"),
)
DNSSEC_BROKEN = FindingKind(
    id="dnssec-broken",
    severity=Severity.ERROR,
    text=Text(
        "the parent says that the zone is signed, and its answers are not; receivers that"
        " validate see nothing of it"
    ),
    expected=Text("signatures that hold now (RFC 4035 5.3.1)"),
    observed=Text.plain("{observed}"),
    remedy=Text("sign the zone again, or remove the DS records at the registrar"),
)

DNSSEC_OTHER_KEY = FindingKind(
    id="dnssec-ds-of-another-key",
    severity=Severity.ERROR,
    text=Text(
        "the DS records at the parent are of another key than the zone has, so receivers that"
        " validate see nothing of it (RFC 4035 5.2)"
    ),
    expected=Text("DS records of a key of the zone: {expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "enter the DS records of the zone's key at the registrar, which the DNS provider shows, in"
        " place of these; or remove these"
    ),
)
DNSSEC_BEHIND = FindingKind(
    id="dnssec-server-behind",
    severity=Severity.ERROR,
    text=Text(
        "{servers} hands out signatures that have ended, or none, and other servers good ones:"
        " transfers have stopped"
    ),
    expected=Text("signatures that hold now, as of {expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "have the provider of {servers} look at the transfers from the primary, or take it out of"
        " the name servers at the registrar until then"
    ),
)
SERVER_ALIAS = FindingKind(
    id="name-server-is-cname",
    severity=Severity.ERROR,
    text=Text(
        "the name server {server} is a CNAME to {alias}, which no name server may be (RFC 2181"
        " 10.3); some resolvers do not ask it"
    ),
    expected=Text("a name with addresses of its own"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "at the registrar and in the zone, name {alias} in place of {server}, or have the owner of"
        " {server} give it addresses"
    ),
)

OPERATOR_DIFFERS = FindingKind(
    id="operator-record-differs",
    severity=Severity.ERROR,
    text=Text("{name} {kind} is not what the inventory says; every customer depends on it"),
    expected=Text.plain("{expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text("publish it: run deploys/dns.py; if it was, look at the transfers to {servers}"),
)

STATES = {
    "unsigned": Text("not signed"),
    "signed": Text("signed, and the parent says so"),
    "island": Text("signed, but without DS at the parent: as good as unsigned"),
    "broken": Text("broken"),
}
NOT_REACHED = Text("the name servers could not be asked: {why}")
NO_ROUTE = Text(
    "this machine has no IPv{family} route, so {servers} was not looked at; -{other} leaves IPv"
    "{family} out"
)
FAMILY_LEFT_OUT = Text(
    "{servers} has addresses of IPv{family} alone, which -{other} leaves out, so it was not looked"
    " at; run without -{other}, on a machine with IPv{family}"
)
APEX_ALIAS = Text("a CNAME at the zone itself hides its name servers")
FAMILY_SILENT = Text(
    "no server answers over IPv{family} from here: {servers}; -{other} leaves it out"
)
FAMILY_UNREADABLE = Text(
    "what the servers answer over IPv{family} cannot be read: {servers}: {why}"
)
TEMPORARY = Text("could not be evaluated: {why}")
KEYS_UNKNOWN = Text("{keys}; not compared with the relays (--keys)")
