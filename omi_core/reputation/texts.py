"""What can be wrong with the reputation of an address: one entry a mistake, and the checks."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.reputation.blocklists import BlockList
from omi_core.text import Text

_OBSERVED = Text.plain("{observed}")

CHECKED = Check(id="address-checked", title=Text("Look at the address"))
REVERSE_NAME = Check(id="reverse-name", title=Text("reverse name (PTR)"))
CONFIRMED = Check(id="forward-confirmed", title=Text("the reverse name and its addresses"))
OWN_NAME = Check(id="ehlo-name", title=Text("the addresses of the name in EHLO"))
SPF = Check(id="spf-covers", title=Text("SPF authorises the address"))

NO_REVERSE_NAME = FindingKind(
    id="reverse-name-missing",
    severity=Severity.ERROR,
    text=Text("the address has no reverse name, and many receivers refuse its mail for that"),
    expected=Text("at {name}: PTR {relay}"),
    observed=Text("no PTR record"),
    remedy=Text("have the provider of the address set its reverse name to {relay}"),
)
NOT_CONFIRMED = FindingKind(
    id="reverse-name-unconfirmed",
    severity=Severity.ERROR,
    text=Text("the reverse name does not lead back to the address"),
    expected=Text("a reverse name that has the address {address}"),
    observed=_OBSERVED,
    remedy=Text(
        "have the provider of the address set its reverse name to {relay}, which has to have"
        " the address {address}"
    ),
)
OTHER_NAME = FindingKind(
    id="reverse-name-other",
    severity=Severity.WARNING,
    text=Text("the reverse name is another than the relay says in EHLO"),
    expected=Text.plain("{relay}"),
    observed=_OBSERVED,
    remedy=Text("have the provider of the address set its reverse name to {relay}"),
)
NAME_WITHOUT_ADDRESS = FindingKind(
    id="ehlo-name-elsewhere",
    severity=Severity.ERROR,
    text=Text("the name that the relay says in EHLO does not have the address"),
    expected=Text.plain("{relay} {kind} {address}"),
    observed=_OBSERVED,
    remedy=Text("publish what `omi dns plan` shows for {relay}"),
)
SPF_MISSES = FindingKind(
    id="spf-misses-relay",
    severity=Severity.ERROR,
    text=Text("SPF at {name} does not authorise the address: customers' mail from it fails"),
    expected=Text.plain("pass"),
    observed=_OBSERVED,
    remedy=Text("publish what `omi dns plan` shows for {name}"),
)

_TITLE = Text("block list {list}")
_LISTED = Text("{list} lists the address: {meaning}")
_NO_ENTRY = Text("no entry at {name}")
_REMOVAL = Text("end what caused it, then ask for removal at {page}")


def list_check(block_list: BlockList) -> Check:
    """Return the check of one list."""
    title = _TITLE.format(list=block_list.name)
    return Check(id=f"block-list-{block_list.key}", title=title)


def on_list(block_list: BlockList) -> FindingKind:
    """Return the finding of an entry, as bad as the list has it."""
    return FindingKind(
        id="on-block-list",
        severity=block_list.severity,
        text=_LISTED,
        expected=_NO_ENTRY,
        observed=_OBSERVED,
        remedy=_REMOVAL,
    )
