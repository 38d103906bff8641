"""For random zones, desires and faults: the desire is reached, and nothing foreign is lost."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omi_core.dns.claim import WholeSet
from omi_core.dns.mail_claims import DmarcDefault, SpfInclude
from omi_core.dns.plan import Publication, plan
from omi_core.dns.providers.cloudflare.api import Api
from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.dns.providers.cloudflare.provider import CloudflareProvider
from omi_core.dns.providers.cloudflare.record import record_of
from omi_core.dns.record import Type
from omi_core.dns.safety import NO_LIMITS
from omi_core.dns.txt import Txt
from omi_core.errors import OmiError
from omi_core.names import Fqdn
from omi_core.secret import Secret
from tests.cloudflare_stand_in.account import Account, StoodInZone
from tests.cloudflare_stand_in.refusal import ApiError
from tests.cloudflare_stand_in.service import Fault, Service, served

SHOP = Fqdn.parse("shop.example")
OURS = Fqdn.parse("_spf.itpison.com")
TOKEN = "a-token-that-must-never-be-shown-anywhere"
LABELS = st.sampled_from(["@", "www", "_dmarc", "omi1._domainkey", "a.news", "k"])
TEXTS = st.sampled_from(
    ["v=spf1 mx -all", "v=DMARC1; p=reject", "verify=x", '"two" "strings"', '"open', "ü", "k"]
)
ENTRIES = st.builds(
    lambda name, body, comment, ttl: {"name": name, **body, "comment": comment, "ttl": ttl},
    LABELS,
    st.builds(lambda text: {"type": "TXT", "content": text}, TEXTS)
    | st.builds(
        lambda n, proxied: {"type": "A", "content": f"192.0.2.{n}", "proxied": proxied},
        st.integers(1, 3),
        st.booleans(),
    )
    | st.just({"type": "CNAME", "content": "elsewhere.example"})
    | st.just({"type": "MX", "content": "mail.shop.example", "priority": 10})
    | st.just({"type": "NS", "content": "ns.elsewhere.example"}),
    st.sampled_from([None, "Ann's, do not touch", "備註"]),
    st.sampled_from([1, 60, 900]),
    # The zone's own NS records are the service's and not among its records.
).filter(lambda entry: (entry["name"], entry["type"]) != ("@", "NS"))
CLAIMS = (
    st.builds(
        lambda labels, texts: WholeSet(
            name=SHOP.child(labels), type=Type.TXT, ttl=300, values=tuple(map(Txt.of, texts))
        ),
        LABELS.filter(lambda labels: labels in {"k", "omi1._domainkey"}),
        st.lists(st.sampled_from(["one", "two", "k" * 700]), max_size=3, unique=True),
    )
    | st.just(
        WholeSet(name=SHOP.child("omi1._domainkey"), type=Type.CNAME, ttl=300, values=(OURS,))
    )
    | st.just(SpfInclude(name=SHOP, ttl=3600, target=OURS))
    | st.just(DmarcDefault(domain=SHOP, ttl=3600, record="v=DMARC1; p=none"))
)
DESIRES = st.lists(CLAIMS, max_size=4).map(lambda c: Publication(zone=SHOP, claims=tuple(c)))
# Before or after the request was done, for one request or two, on any kind of request.
FAULTS = st.lists(
    st.builds(
        Fault,
        method=st.sampled_from(["GET", "POST", ""]),
        times=st.integers(1, 3),
        status=st.sampled_from([429, 500, 502]),
        after=st.booleans(),
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with served(Account(tokens={TOKEN: None})) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDFLARE_BASE_URL", running.url)
        running.limit = 10**9
        yield running


@pytest.fixture(scope="module")
def api(service: Service) -> Api:
    """One for all examples, since making the SDK's client costs more than all of one."""
    del service
    budget = Budget(requests=10**9, patience_s=10**9, sleep=lambda _: None)
    return Api(token=Secret(TOKEN), timeout_s=10, budget=budget)


def zone_of(service: Service, entries: list[dict[str, Any]]) -> StoodInZone:
    service.account.zones.clear()
    service.faults.clear()
    zone = service.account.zone("shop.example")
    for entry in entries:
        try:
            zone.post(dict(entry))
        except ApiError:
            continue  # the service would not let it stand there
    return zone


def foreign(entries: dict[str, Any], desired: Publication) -> dict[str, Any]:
    """Everything that no claim of the desire owns, comments and tags and all."""
    return {
        identifier: entry
        for identifier, entry in entries.items()
        if not any(claim.owns(record_of(entry)) for claim in desired.claims)
    }


def attempt(api: Api, desired: Publication) -> bool:
    """Make one run as an operator does; False if it ended in a sentence."""
    provider = CloudflareProvider(api=api, writable=(SHOP,))
    try:
        made = plan(desired, provider.read(SHOP, ()), NO_LIMITS)
        made.raise_if_unsafe()
        provider.apply(SHOP, made.changes)
    except OmiError:
        return False
    return True


COMMON = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@COMMON
@given(st.lists(ENTRIES, max_size=12), DESIRES)
def test_the_desire_is_reached_and_a_second_plan_is_empty(
    service: Service, api: Api, entries: list[dict[str, Any]], desired: Publication
) -> None:
    zone = zone_of(service, entries)
    before = foreign(deepcopy(zone.records), desired)
    done = attempt(api, desired)
    assert foreign(zone.records, desired).items() >= before.items()
    again = plan(desired, CloudflareProvider(api=api, writable=(SHOP,)).read(SHOP, ()), NO_LIMITS)
    assert done is not bool(again.refusals)
    assert not done or not again


@COMMON
@given(st.lists(ENTRIES, max_size=12), DESIRES, FAULTS)
def test_no_order_of_faults_loses_a_foreign_record(
    service: Service,
    api: Api,
    entries: list[dict[str, Any]],
    desired: Publication,
    faults: list[Fault],
) -> None:
    zone = zone_of(service, entries)
    before = foreign(deepcopy(zone.records), desired)
    service.faults.extend(faults)
    attempt(api, desired)
    assert foreign(zone.records, desired).items() >= before.items()
    service.faults.clear()
    done = attempt(api, desired)
    again = plan(desired, CloudflareProvider(api=api, writable=(SHOP,)).read(SHOP, ()), NO_LIMITS)
    assert not done or not again
    assert foreign(zone.records, desired).items() >= before.items()


@COMMON
@given(st.lists(ENTRIES, max_size=8), DESIRES, ENTRIES)
def test_a_person_between_plan_and_apply_loses_nothing(
    service: Service,
    api: Api,
    entries: list[dict[str, Any]],
    desired: Publication,
    theirs: dict[str, Any],
) -> None:
    zone = zone_of(service, entries)
    provider = CloudflareProvider(api=api, writable=(SHOP,))
    made = plan(desired, provider.read(SHOP, ()), NO_LIMITS)
    try:
        zone.post(dict(theirs))
    except ApiError:
        return
    before = deepcopy(zone.records)
    planned = {record.handle for change in made.changes for record in change.removes}
    try:
        provider.apply(SHOP, made.changes)
    except OmiError:
        assert zone.records == before
    for identifier in set(before) - planned:
        assert zone.records[identifier] == before[identifier]
