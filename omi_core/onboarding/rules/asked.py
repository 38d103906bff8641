"""Whether a domain is one whose owner should enter anything: asked before records are handed out.

Pure, but for what was seen of the domain.
"""

from collections.abc import Collection, Iterator

from omi_core.findings.finding import Finding, FindingKind, Severity
from omi_core.mailauth.dmarc.discover import is_public_suffix
from omi_core.onboarding.entries import Onboarding
from omi_core.onboarding.rules import server_texts as catalogue
from omi_core.onboarding.target import above
from omi_core.text import Text

_LOOK = Text("see in the inventory, and ask the customer which addresses he sends from")
STRANGER = FindingKind(
    id="domain-not-in-inventory",
    severity=Severity.WARNING,
    text=Text("the domain is not in the inventory: the relays take no mail from it"),
    expected=Text("a domain of a customer"),
    observed=Text.plain("{domain}"),
    remedy=_LOOK,
)
HOST = FindingKind(
    id="domain-is-host",
    severity=Severity.WARNING,
    text=Text(
        "the domain is not in the inventory, and a name within {owner}: senders are very likely"
        " name@{owner}"
    ),
    expected=Text("the domain after the @ of the senders"),
    observed=Text.plain("{domain}"),
    remedy=Text("run `omi dns records {owner}`, unless {domain} stands after the @ of the senders"),
)
EMPTY = FindingKind(
    id="domain-without-records",
    severity=Severity.WARNING,
    text=Text("nothing stands at the name yet, so no answer to a mail from it arrives"),
    expected=Text("MX or addresses at {domain}"),
    observed=Text.plain("NXDOMAIN"),
    remedy=Text(
        "see whether the name is spelled right; if so, have its owner enter MX at {domain} as well"
    ),
)


def is_nobodys(made: Onboarding) -> bool:
    """Whether the domain does not exist: what answers is the zone in which it would be."""
    return made.zone != made.domain and (not made.zone or is_public_suffix(made.zone))


def not_there(made: Onboarding) -> Finding:
    """Return the finding about a domain that does not exist."""
    return catalogue.NOT_THERE.of(made.domain, parent=made.zone or ".", domain=made.domain)


def doubts(made: Onboarding, inventory: Collection[str]) -> Iterator[Finding]:
    """Yield why the records may be handed out to the wrong person; none stops them."""
    domain = made.domain
    if domain not in inventory:
        _, *higher = above(domain)
        owner = next((each for each in higher if each in inventory), made.zone)
        yield (
            STRANGER.of(domain, domain=domain)
            if owner == domain
            else HOST.of(domain, domain=domain, owner=owner)
        )
    if not made.exists:
        yield EMPTY.of(domain, domain=domain)
