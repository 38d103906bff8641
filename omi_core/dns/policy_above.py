"""Whether a default DMARC policy would weaken one that stands above the zone.

Within the zone a claim sees that for itself. Where the zone is a part of an organisation's, its
policy is in another zone, and receivers fall back to it (RFC 7489 6.6.3; RFC 9989 4.10).
"""

from dataclasses import replace

from omi_core.dns.mail_claims import DmarcDefault
from omi_core.dns.plan import Action, Plan, Publication
from omi_core.dns.spf_budget import Ask
from omi_core.names import Fqdn
from omi_core.text import Text


def without_weaker_policies(made: Plan, wanted: Publication, ask: Ask | None = None) -> Plan:
    """Return the plan without default policies that are not needed, as `omi dns records` does.

    Asks the machine's resolver, and only for a policy that is to come into such a zone.
    """
    created = {each.name for each in made.changes if each.action is Action.CREATE}
    defaults = [each for each in wanted.claims if isinstance(each, DmarcDefault)]
    domains = {each.name: each.domain.relative for each in defaults if each.name in created}
    if not domains:
        return made
    from omi_core.dns.client.txt_resolver import TxtResolver
    from omi_core.mailauth.dmarc.discover import discover, organisational_domain
    from omi_core.mailauth.questions import run

    asked = ask or TxtResolver().answer
    dropped, refusals = set(), list(made.refusals)
    for name, domain in domains.items():
        if Fqdn.parse(organisational_domain(domain)).within(made.zone):
            continue  # whatever is above belongs to other people
        policy = run(discover(domain), asked)
        if policy.failed:
            refusals.append(
                Text(
                    "{domain}: it is not known whether a DMARC policy stands above it, which "
                    "ours would weaken: no answer ({failed}); run again"
                ).format(domain=domain, failed=policy.failed)
            )
        if policy.failed or (policy.at and not policy.reading.problem):
            dropped.add(name)
    kept = (each for each in made.changes if each.name not in dropped)
    return replace(made, changes=tuple(kept), refusals=tuple(refusals))
