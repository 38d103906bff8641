"""A zone below an organisation's gets no policy of ours that would weaken the organisation's."""

import pytest

from omi_core.dns.mail_claims import DmarcDefault
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.policy_above import without_weaker_policies
from omi_core.dns.zone import Zone
from omi_core.mailauth.questions import Answer, Question
from omi_core.names import Fqdn

SHOP = Fqdn.parse("shop.example")
NEWS = SHOP.child("news")


def planned(zone: Fqdn, domain: Fqdn, above: Answer) -> Plan:
    """The plan for a default policy, where `above` stands at the organisation's domain."""
    claim = DmarcDefault(domain=domain, ttl=60, record="v=DMARC1; p=none")
    wanted = Publication(zone=zone, claims=(claim,))

    def ask(question: Question) -> Answer:
        assert zone != SHOP
        return above if question.name == "_dmarc.shop.example" else Answer()

    return without_weaker_policies(plan(wanted, Zone.of(zone, ())), wanted, ask)


@pytest.mark.parametrize(
    ("above", "is_published"),
    [
        (Answer(), True),
        (Answer(("v=DMARC1; p=reject",)), False),
        (Answer(("v=DMARC1; p=none",)), False),
        (Answer(("v=DMARC1; p=rejct",)), True),  # receivers apply none, and the advice says so
        (Answer(("something else",)), True),
    ],
)
def test_a_policy_above_the_zone_is_not_weakened(above: Answer, *, is_published: bool) -> None:
    made = planned(NEWS, NEWS, above)
    assert (bool(made.changes), made.refusals) == (is_published, ())


def test_what_is_above_and_has_no_answer_is_refused_for_that_record_alone() -> None:
    made = planned(NEWS, NEWS.child("eu"), Answer(failed="LifetimeTimeout"))
    assert made.changes == ()
    [refusal] = map(str, made.refusals)
    assert refusal == (
        "eu.news.shop.example: it is not known whether a DMARC policy stands above it, which ours "
        "would weaken: no answer (LifetimeTimeout); run again"
    )


def test_nothing_is_asked_above_an_organisation() -> None:
    assert len(planned(SHOP, NEWS, Answer()).changes) == 1
    assert len(planned(SHOP, SHOP, Answer()).changes) == 1
