"""What a person has to correct himself, because a remedy could only guess."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.mailauth.spf.fault import Cause, SpfFault
from omi_core.text import Text

SPF = Text(
    "{fault}; correct this term, leave all others as they are, and have {include} stand before all"
)
SPF_SEVERAL = Text(
    "{fault}; correct this term, then join the {count} records into one, without losing a term, and"
    " have {include} stand before all"
)
SPF_ORDER = Text(
    "{fault}; decide in which order the terms are to be tested, then join the {count} records into"
    " one, without losing a term, and have {include} stand before all"
)
SPF_LOOKUPS = Text(
    "{fault}; take out terms of services that are no longer used, or replace them by their"
    " addresses, until 10 are left with {include}, which stands before all"
)
SPF_UNCOUNTED = Text("{fault}; nothing is to be entered before they are: run again")
LEFT_OUT = Text("left out, because only one of its kind can stand (RFC 7208 5.1, 6): {terms}")
PASSES_ALL = Text(
    "+all lets the whole world send, and stays until its owner has decided who else does"
)
DMARC = Text(
    "{term} cannot be read, and may ask for more than p=none; correct it, and leave everything else"
    " as it is"
)
DMARC_LEFT_OUT = Text(
    "not in this record, since it cannot be read or something else stands for it: {terms}"
)
DMARC_PASSED_OVER = Text("receivers pass over {terms} (RFC 7489 6.3)")

# A name at which nothing can be entered, or at which it has another effect than it seems.
ALIAS = Text(
    "{name} is a CNAME to {alias}, so nothing can be entered beside it (RFC 1034 3.6.2): have the"
    " owner of {alias} put {include} into the SPF record there, or replace the CNAME by the"
    " addresses that it leads to and enter the SPF record, or send from another domain"
)
ALIAS_PASSES = Text("{name} is a CNAME to {alias}, whose SPF record lets our servers send")
WILDCARD = Text(
    "a wildcard answers for this name until something stands there; enter at it as well what the"
    " wildcard gives it otherwise, such as its addresses"
)

# Remedies, in place of one that would have a record replaced.
BY_HAND = Text("at {name}, replace nothing, but edit the record that stands there: {note}")
ELSEWHERE = Text(
    "at {name}, enter as TXT what stands elsewhere, {text}, without losing a term: {note}"
)
BEHIND_ALL = Text("{term} stands behind all, where nothing is tested (RFC 7208 5.1)")
NO_PASS = Text("a match of {term} is not a pass, because of its qualifier; it is written {include}")
OURS_FIRST = Text(
    "a term before {include} decides for our addresses; put {include} first: at {name}, replace"
    " {old} by: TXT {value}"
)
OPERATOR = Text(
    "the record is right; the operator publishes what {include} says: run deploys/dns.py"
)

DMARC_TAG_IGNORED = FindingKind(
    id="dmarc-tag-ignored",
    severity=Severity.WARNING,
    text=Text("receivers pass over what they cannot read in the policy: {terms} (RFC 7489 6.3)"),
    expected=Text.plain("TXT {cleaned}"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "at {name}, write {terms} as name=value, or take it out; without it: TXT {cleaned}"
    ),
)
DMARC_UNADDRESSED = FindingKind(
    id="dmarc-reports-unaddressed",
    severity=Severity.WARNING,
    text=Text(
        "no report is ever sent to {addresses}: the address is not written as a URI with mailto:"
        " (RFC 7489 6.2)"
    ),
    expected=Text.plain("{expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text("at {name}, replace {old} by: {kind} {value}"),
)
DMARC_UNDELIVERABLE = FindingKind(
    id="dmarc-reports-undeliverable",
    severity=Severity.WARNING,
    text=Text("no report can be sent to {addresses}: that is no mail address (RFC 7489 6.2)"),
    expected=Text("addresses as mailto:name@example.com, with commas between"),
    observed=Text.plain("{observed}"),
    remedy=Text(
        "at {name}, correct {addresses} or take it out, and leave everything else as it is"
    ),
)
DMARC_DISCARDED = FindingKind(
    id="dmarc-record-discarded",
    severity=Severity.WARNING,
    text=Text(
        "receivers discard a record beside the policy: v=DMARC1 is written in capitals"
        " (RFC 7489 6.4)"
    ),
    expected=Text.plain("{expected}"),
    observed=Text.plain("{observed}"),
    remedy=Text("at {name}, replace {old} by: {kind} {value}"),
)


_TO_CORRECT = {
    Cause.ORDER: SPF_ORDER,
    Cause.LOOKUPS: SPF_LOOKUPS,
    Cause.UNCOUNTED: SPF_UNCOUNTED,
}


def to_correct(fault: SpfFault, count: int, include: str) -> Text:
    """Return what a person does about a term of one of `count` records."""
    kind = SPF_SEVERAL if count > 1 else SPF
    if fault.cause in _TO_CORRECT:
        kind = _TO_CORRECT[fault.cause]
    return kind.format(fault=fault.sentence, include=include, count=count)
