"""What people and panels do wrong with records: one entry a mistake."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.mailauth.mangled import Damage
from omi_core.text import Text

_EXPECTED = Text.plain("{expected}")
_OBSERVED = Text.plain("{observed}")
_ENTER = Text("at {name}, replace {old} by: {kind} {value}")


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
        Text("the record holds the curly quotes of a word processor, which become part of it"),
        Text("paste as plain text, without quotes; at {name}, replace {old} by: {kind} {value}"),
    ),
    Damage.INVISIBLE: _error(
        Damage.INVISIBLE.value,
        Text("the record holds characters that cannot be seen, or full-width ones"),
        Text(
            "type it, or paste it from a plain text editor; at {name}, replace"
            " {old} by: {kind} {value}"
        ),
    ),
    Damage.SEMICOLON_ESCAPED: _error(
        Damage.SEMICOLON_ESCAPED.value,
        Text(
            "a backslash stands before a semicolon: the panel took the form of a zone file for"
            " the text itself"
        ),
    ),
    Damage.STRINGS_JOINED: _error(
        Damage.STRINGS_JOINED.value,
        Text("the text was cut into strings, and joining them left a space or quotes in it"),
        Text(
            "enter it in one piece and let the panel cut it; at {name}, replace"
            " {old} by: {kind} {value}"
        ),
    ),
    Damage.QUOTES_DOUBLED: _error(
        Damage.QUOTES_DOUBLED.value,
        Text("the quotes are part of the text: the panel adds its own"),
        Text("leave the quotes out; at {name}, replace {old} by: {kind} {value}"),
    ),
    Damage.QUOTES_MISSING: _error(
        Damage.QUOTES_MISSING.value,
        Text("the text was cut at a space or a semicolon, because it stood without quotes"),
        Text('put the text into double quotes; at {name}, replace {old} by: {kind} "{value}"'),
    ),
    Damage.SEMICOLON_DROPPED: _error(
        Damage.SEMICOLON_DROPPED.value,
        Text("the semicolons between the tags are gone, so receivers see one tag"),
    ),
    Damage.KEY_CUT: _error(
        Damage.KEY_CUT.value,
        Text("the key ends after 255 characters, where one string of TXT ends"),
        Text("a CNAME needs no long text; at {name}, replace {old} by: {kind} {value}"),
    ),
}

DOMAIN_TWICE = _error(
    "domain-twice",
    Text("the record stands at {misplaced}: the panel appended the domain to the whole name"),
    Text("enter the short name {short}; remove {misplaced}, and at {name} enter: {kind} {value}"),
)
SELECTOR_WRONG = _error(
    "selector-wrong",
    Text("the record stands at {misplaced}, where no receiver looks for this key"),
    Text("remove {misplaced}, and at {name} enter: {kind} {value}"),
)
WRONG_ZONE = _error(
    "record-in-wrong-zone",
    Text("the record stands at servers that the domain is not delegated to ({servers})"),
    Text(
        "enter it where the domain's name servers are ({delegated}): at {name}, {kind} {value};"
        " or let the registrar delegate the domain to {servers}"
    ),
)
CNAME_PROXIED = _error(
    "cname-proxied",
    Text("the name has addresses instead of the CNAME: it is proxied (Cloudflare's orange cloud)"),
    Text("switch the proxy of {name} to \u201cDNS only\u201d, so that it is: {kind} {value}"),
)
CNAME_BESIDE = _error(
    "cname-beside-others",
    Text("other records stand beside the CNAME, which must be alone (RFC 1034 3.6.2)"),
    Text("at {name}, remove {others} and leave only: {kind} {value}"),
)
CNAME_WRONG = _error(
    "cname-wrong-target",
    Text("the CNAME leads to another name"),
)
CNAME_APPENDED = _error(
    "cname-target-relative",
    Text(
        "the panel appended {appended} to what the CNAME leads to, because it was entered without"
        " a dot at its end"
    ),
    Text("enter the value with its last dot: at {name}, replace {old} by: {kind} {value}"),
)
CNAME_AS_TXT = _error(
    "cname-entered-as-txt",
    Text("the name that the CNAME has to lead to was entered as a record of type TXT"),
    Text("at {name}, remove {old}, then choose the type CNAME and enter: {kind} {value}"),
)
KEY_SEVERAL = _error(
    "key-several",
    Text(
        "{count} TXT records stand at the selector, and a receiver takes any of them or none"
        " (RFC 6376 3.6.2.2)"
    ),
    Text("at {name}, remove all of them, {old}, and enter: {kind} {value}"),
)
WILDCARD = _error(
    "wildcard-answers",
    Text("nothing stands at the name, and a wildcard (*) answers in its place"),
    Text("leave the wildcard as it is; at {name} enter: {kind} {value}"),
)
WILDCARD_SENDER = _error(
    "wildcard-answers-for-domain",
    Text("nothing stands at the domain, and what a wildcard (*) answers does not let us send"),
    Text("leave the wildcard as it is; at {name} enter: {kind} {value}; {note}"),
)
CNAME_SENDER = _error(
    "sender-is-cname",
    Text("the domain is a CNAME to {alias}, whose SPF record does not let our servers send"),
    Text("{note}; the record is: TXT {spf}"),
)
CNAME_APEX = _error(
    "cname-at-apex",
    Text(
        "the zone itself is a CNAME to {alias}: it hides the NS, MX and TXT records that must"
        " stand there (RFC 1034 3.6.2, RFC 1912 2.4)"
    ),
    Text(
        "at {name}, replace the CNAME by the addresses that it leads to, or by what the provider"
        " calls ALIAS, ANAME or flattening; then enter: TXT {spf}"
    ),
)
DMARC_ALIAS = _error(
    "dmarc-cname-without-policy",
    Text("the name is a CNAME to {alias}, where no DMARC policy stands"),
    Text(
        "at {name}, remove the CNAME and enter: {kind} {value}; or have the owner of {alias}"
        " publish a policy there"
    ),
)
NAME_WRONG = _error(
    "name-wrong",
    Text("the record stands at {misplaced}, where no receiver looks for it"),
    Text("remove {misplaced}, and at {name} enter: {kind} {value}"),
)
DKIM_MISSING = _error(
    "dkim-missing",
    Text("nothing stands where receivers look for the key"),
    Text("at {name} enter: {kind} {value}"),
)
KEY_COPIED = _warning(
    "key-copied",
    Text("the key itself stands in place of the CNAME; mail fails as soon as the key changes"),
)
KEY_OLD = _error(
    "key-old",
    Text("a key stands here that the relays do not sign with, so every signature fails"),
)
KEY_REVOKED = _error(
    "key-revoked",
    Text("p= is empty, which says that the key was revoked (RFC 6376 3.6.1)"),
)
KEY_UNUSABLE = _error(
    "key-unusable",
    Text("receivers cannot use the key record: {detail}"),
)
KEY_NOT_SIGNING = _error(
    "key-not-the-relays",
    Text("the key behind {name} is not the one that the relays sign with"),
    Text("the operator publishes it: run deploys/dns.py for the operator's zone"),
)
KEY_NOWHERE = _error(
    "key-missing",
    Text("no key stands behind any of the domain's CNAMEs"),
    Text(
        "the operator publishes it: run deploys/relay.py, which makes the key, for the inventory"
        " with this domain"
    ),
)
KEY_WEAK = _warning(
    "key-weak",
    Text("the key has {detail} bits; receivers may begin to refuse fewer than 2048 (RFC 8301 3.2)"),
    Text("the operator rotates to a longer key: deploys/dkim.py"),
)
SPF_TWO = _error(
    "spf-two-records",
    Text("there are {count} SPF records; receivers accept none then (RFC 7208 4.5)"),
)
SPF_MISSING = _error(
    "spf-missing",
    Text("there is no SPF record"),
    Text("at {name} enter: {kind} {value}"),
)
SPF_TYPE_99 = _error(
    "spf-type-99",
    Text("SPF stands in a record of type SPF (99), which nobody reads any more (RFC 7208 3.1)"),
    Text("at {name} enter as TXT: {kind} {value}"),
)
SPF_SYNTAX = _error(
    "spf-syntax",
    Text("the SPF record is not written as SPF is: {detail}"),
)
SPF_NOT_OURS = _error(
    "spf-not-included",
    Text("SPF says {result} for our addresses: {addresses}"),
)
SPF_PERMERROR = _error(
    "spf-permerror",
    Text("receivers give up on the SPF record: {detail}"),
    Text("correct or remove the term that is named; with it repaired, at {name}: {kind} {value}"),
)
SPF_BUDGET = _error(
    "spf-over-budget",
    Text("the SPF record needs {lookups} look-ups where receivers make 10 (RFC 7208 4.6.4)"),
    Text(
        "take out includes of services that are no longer used, or replace them by their"
        " addresses, until 10 are left; the tree shows what each costs: {tree}"
    ),
)
SPF_VOID = _error(
    "spf-void-lookups",
    Text(
        "the SPF record asks for {voids} names that do not exist; receivers stop after 2"
        " (RFC 7208 4.6.4)"
    ),
    Text("take out the terms whose names are gone; the tree marks them: {tree}"),
)
SPF_ALL = _error(
    "spf-passes-all",
    Text("the SPF record lets the whole world send (+all)"),
    Text(
        "at {name}, let those who send for the domain pass by terms of their own; then nobody else"
        " passes with: {kind} {value}"
    ),
)
DMARC_TWO = _error(
    "dmarc-two-records",
    Text("there are {count} DMARC records; receivers apply none then (RFC 7489 6.6.3)"),
)
DMARC_MISSING = _error(
    "dmarc-missing",
    Text("there is no DMARC policy; Gmail and Yahoo want one"),
    Text("at {name} enter: {kind} {value}"),
)
DMARC_APEX = _error(
    "dmarc-at-apex",
    Text("the DMARC record stands at {misplaced}; receivers look at {name} only"),
    Text("remove it from {misplaced}, and at {name} enter: {kind} {value}"),
)
DMARC_UNREADABLE = _error(
    "dmarc-unreadable",
    Text("receivers cannot read the DMARC record: {detail}"),
)
DMARC_REPORTS = _warning(
    "dmarc-reports-unwelcome",
    Text(
        "reports to {addresses} are not sent: that domain does not say that it takes them"
        " (RFC 7489 7.1)"
    ),
    Text("have the owner of that address publish TXT v=DMARC1 at {name}, or report to another"),
)
DMARC_MANY = _warning(
    "dmarc-reports-to-many",
    Text(
        "reports are to go to {count} other domains; only the first {most} of them were asked, and"
        " receivers may send to two addresses alone (RFC 7489 6.2)"
    ),
    Text("decide which two addresses of rua= and ruf= at {name} matter most, and have them first"),
)
