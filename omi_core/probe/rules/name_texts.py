"""The checks of names and addresses, and what they find."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.findings.verdict import Check
from omi_core.text import Text

NAME_RESOLVES = Check(id="name-resolves", title=Text("Addresses of the name"))
IPV6 = Check(id="name-has-ipv6", title=Text("IPv6 addresses"))
IPV4 = Check(id="name-has-ipv4", title=Text("IPv4 addresses"))
ADDRESS_PUBLIC = Check(id="address-usable", title=Text("Reachability of the addresses"))
ADDRESS_EXPECTED = Check(id="address-expected", title=Text("Addresses in DNS and in the inventory"))
PTR = Check(id="address-has-ptr", title=Text("Names of the addresses (PTR)"))

_MEND_DNS = Text("publish A and AAAA records for {name}")

NAME_NOT_THERE = FindingKind(
    id="name-not-there",
    severity=Severity.ERROR,
    text=Text("the name has no address, so no client can connect"),
    expected=Text("an A and an AAAA record"),
    observed=Text("neither A nor AAAA"),
    remedy=_MEND_DNS,
)
NO_IPV4 = FindingKind(
    id="name-without-ipv4",
    severity=Severity.ERROR,
    text=Text("the name has only IPv6 addresses; most customers' networks reach only IPv4"),
    expected=Text("an A record"),
    observed=Text("only {addresses}"),
    remedy=Text("publish an A record for {name}"),
)
NO_IPV6 = FindingKind(
    id="name-without-ipv6",
    severity=Severity.WARNING,
    text=Text("the name has no IPv6 address; customers on IPv6-only networks need one"),
    expected=Text("an AAAA record"),
    observed=Text("only {addresses}"),
    remedy=Text("publish an AAAA record for {name}"),
)
NOT_USABLE = FindingKind(
    id="address-loopback",
    severity=Severity.ERROR,
    text=Text(
        "the name leads to {address}, which is every computer's own; customers reach nothing"
    ),
    expected=Text("the relay's public address"),
    observed=Text.plain("{address}"),
    remedy=Text("correct the A and AAAA records of {name}"),
)
NOT_EXPECTED = FindingKind(
    id="address-unexpected",
    severity=Severity.ERROR,
    text=Text("the name leads somewhere else than the inventory says"),
    expected=Text.plain("{expected}"),
    observed=Text.plain("{addresses}"),
    remedy=Text("publish the inventory's addresses for {name}, or correct the inventory"),
)
PTR_MISSING = FindingKind(
    id="ptr-missing",
    severity=Severity.WARNING,
    text=Text("{address} has no name; large receivers refuse mail from such addresses"),
    expected=Text("a PTR record that names the relay"),
    observed=Text("no PTR record"),
    remedy=Text("have the owner of the address set its reverse DNS to the relay's name"),
)
PTR_UNCONFIRMED = FindingKind(
    id="ptr-unconfirmed",
    severity=Severity.WARNING,
    text=Text("the name of {address} does not lead back to it"),
    expected=Text("a PTR name whose A or AAAA is {address}"),
    observed=Text.plain("{pointers}"),
    remedy=Text("publish {address} for {pointers}, or correct the reverse DNS"),
)
