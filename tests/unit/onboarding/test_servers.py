"""Servers that are broken in the ways that servers are: named, bounded, and never a pass."""

import socket
import time
from contextlib import ExitStack
from dataclasses import replace

import dns.flags
import dns.message
import dns.rcode
import pytest

from omi_core.dns.txt import Txt
from omi_core.findings.finding import FindingKind
from omi_core.findings.verdict import Status
from omi_core.inventory.model import Policies
from omi_core.language import ZH_TW
from omi_core.onboarding.judge import judge
from omi_core.onboarding.report import DomainReport
from omi_core.onboarding.rules import record_texts as catalogue_records
from omi_core.onboarding.rules import server_texts as catalogue_servers
from omi_core.onboarding.target import operator_target
from tests.authority import Authority, Odd
from tests.unit.onboarding.tree import OURS, RIGHT, TLD, Record, Tree, written

ON_FOUR = TLD.replace(
    "shop NS ns2.shop\n",
    "shop NS ns2.shop\nshop NS ns3.shop\nshop NS ns4.shop\n"
    "ns3.shop A 127.0.0.4\nns4.shop A 127.0.0.5\n",
)


def servfail(query: dns.message.Message, _transport: str) -> bytes:
    made = dns.message.make_response(query)
    made.set_rcode(dns.rcode.SERVFAIL)
    return made.to_wire()


def silent(_query: dns.message.Message, _transport: str) -> bytes:
    return b""


def truncating(query: dns.message.Message, transport: str) -> bytes:
    made = dns.message.make_response(query)
    made.flags |= dns.flags.TC | dns.flags.AA
    return b"" if transport == "tcp" else made.to_wire()


def other_id(query: dns.message.Message, _transport: str) -> bytes:
    made = dns.message.make_response(query)
    made.id ^= 0xFF
    return made.to_wire()


def other_question(query: dns.message.Message, _transport: str) -> bytes:
    return dns.message.make_response(
        dns.message.make_query("evil.example", "TXT", id=query.id)
    ).to_wire()


def from_elsewhere(port: int) -> Odd:
    """Answers, but from an address that nobody asked."""

    def odd(query: dns.message.Message, _transport: str) -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.99", 0))
            other.sendto(dns.message.make_response(query).to_wire(), ("127.0.0.1", port))
        return b""

    return odd


def junk(query: dns.message.Message, _transport: str) -> bytes:
    return query.to_wire()[:2] + b"\x84\0\0\0\0\x09\0\0\0\0" + b"\xc0" * 60


def ids(report: DomainReport) -> list[str]:
    return [finding.id for finding in report.findings]


BROKEN = {
    "silent": (silent, "server-silent"),
    "SERVFAIL": (servfail, "server-lame"),
    "truncating without TCP": (truncating, "server-without-tcp"),
    "wrong id": (other_id, "server-silent"),
    "wrong question": (other_question, "server-silent"),
    "answering from another address": (from_elsewhere(9), "server-silent"),
    "junk": (junk, "server-lame"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_one_broken_server_of_four_is_named_and_the_others_judged(tree: Tree, kind: str) -> None:
    odd, finding = BROKEN[kind]
    records: list[Record] = [*RIGHT, ("@", "NS", "ns3"), ("@", "NS", "ns4")]
    records += [("ns3", "A", "127.0.0.4"), ("ns4", "A", "127.0.0.5")]
    tree.root.hold("example", ON_FOUR)
    tree.publish(records)
    with ExitStack() as stack:
        for host in ("127.0.0.4", "127.0.0.5"):
            stack.enter_context(Authority(host, {"shop.example": written(records)}, tree.port))
        tree.ns2.odd = odd
        report = tree.look()
    assert ids(report) == [finding]
    assert "ns2.shop.example" in report.findings[0].subject
    assert report.exit_code == 1


@pytest.mark.parametrize("odd", [silent, servfail, truncating, other_id, junk])
def test_where_no_server_answers_nothing_is_said_to_be_fine(tree: Tree, odd: Odd) -> None:
    tree.ns1.odd = tree.ns2.odd = odd
    report = tree.look()
    assert report.exit_code != 0
    passed = {each.check for each in report.results if each.verdict.status is Status.PASSED}
    assert passed <= {catalogue_servers.DELEGATED}
    assert report.seen.views == ()


def test_answers_of_sixty_four_kilobytes_are_read_over_tcp(tree: Tree) -> None:
    more: list[Record] = [("@", "TXT", f"{n:04}" + "x" * 240) for n in range(240)]
    tree.publish([*RIGHT, *more])
    report = tree.look(timeout_s=1)
    assert (report.exit_code, ids(report)) == (0, [])
    assert "(TCP)" in report.results[1].verdict.note.en


def test_a_server_that_dribbles_ends_at_the_bound(tree: Tree) -> None:
    def slow(_query: dns.message.Message, _transport: str) -> bytes:
        time.sleep(0.2)
        return b""

    tree.ns1.odd = tree.ns2.odd = slow
    report = tree.look(patience_s=0.3, timeout_s=5)
    assert report.exit_code == 3
    assert "did not finish within 0.3 s" in report.results[0].verdict.note.en


def test_ipv6_that_nobody_answers_is_not_looked_at_rather_than_fine(tree: Tree) -> None:
    tree.root.hold("example", TLD + "ns1.shop AAAA ::1\n")
    report = tree.look()
    assert ids(report) == []
    assert report.exit_code == 3
    [unseen] = report.unseen
    assert unseen.check is catalogue_servers.ANSWER
    assert "-4 leaves it out" in unseen.verdict.note.en


def test_cname_loops_end(tree: Tree) -> None:
    loop = "omi1.shop.example.dkim CNAME loop\nloop CNAME omi1.shop.example.dkim\n"
    text = tree.operator().splitlines(keepends=True)
    tree.root.hold("relay.example", "".join(text[:2]) + loop)
    report = tree.look()
    assert report.exit_code == 3
    assert [each.check.id for each in report.unseen] == ["dkim-key"]


def test_a_delegation_that_leads_nowhere_is_a_finding(tree: Tree) -> None:
    nowhere = "shop NS ns1.gone\nshop NS ns2.shop\ngone NS ns.gone\n"
    tree.root.hold("example", f"@ NS ns.root.\nrelay NS ns.root.\n{nowhere}")
    report = tree.look()
    assert ids(report) == ["delegation-without-server"]
    assert report.exit_code == 1


def test_a_domain_that_does_not_exist_is_a_finding(tree: Tree) -> None:
    tree.root.hold("example", "@ NS ns.root.\nrelay NS ns.root.\n")
    assert ids(tree.look()) == ["domain-not-there"]


def test_a_selector_in_a_zone_of_its_own_is_followed(tree: Tree) -> None:
    keys = [each for each in RIGHT if "_domainkey" in each[0]]
    rest = [each for each in RIGHT if "_domainkey" not in each[0]]
    tree.publish([*rest, ("_domainkey", "NS", "ns1")])
    below: list[Record] = [(n.removesuffix("._domainkey"), k, d) for n, k, d in keys]
    tree.ns1.hold("_domainkey.shop.example", written([("@", "NS", "ns1.shop.example."), *below]))
    report = tree.look()
    tree.ns1.drop("_domainkey.shop.example")
    assert ids(report) == []


def test_expired_signatures_under_a_ds_are_broken_dnssec(tree: Tree) -> None:
    seen = tree.look().seen
    signed = [
        replace(each, said={n: replace(s, signatures=(1000,)) for n, s in each.said.items()})
        for each in seen.servers
    ]
    broken = replace(seen, servers=tuple(signed), secure=True)
    states = {
        (secure, now): judge(replace(broken, secure=secure), now)[-1].verdict
        for secure, now in ((True, 2000), (True, 500), (False, 500))
    }
    assert states[True, 2000].finding is not None
    assert states[True, 2000].finding.id == "dnssec-broken"
    assert states[True, 500].note.en == "signed, and the parent says so"
    assert "without DS" in states[False, 500].note.en


def test_the_operators_own_zone_is_compared_with_the_inventory(tree: Tree) -> None:
    target = operator_target(OURS)
    addresses = "smtp A 192.0.2.25\nsmtp AAAA 2001:db8::25\n"
    bounce = 'smtp TXT "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"\n'
    policy = '_dmarc TXT "v=DMARC1; p=none"\n'
    tree.root.hold("relay.example", tree.operator(addresses + bounce + policy))
    assert (tree.look_at(target).exit_code, ids(tree.look_at(target))) == (0, [])
    tree.root.hold("relay.example", tree.operator(addresses.replace(".25", ".99") + policy))
    report = tree.look_at(target)
    assert ids(report) == ["operator-record-differs"] * 2
    assert [each.subject for each in report.findings] == [
        "smtp.relay.example A",
        "smtp.relay.example TXT",
    ]


def test_the_key_that_signs_the_relays_notices_is_compared_with_the_relays(tree: Tree) -> None:
    """Where it is known: a bounce with a signature that no key verifies is worse than none."""
    right = (
        "smtp A 192.0.2.25\nsmtp AAAA 2001:db8::25\n"
        'smtp TXT "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"\n'
        '_dmarc TXT "v=DMARC1; p=none"\n'
    )
    target = operator_target(OURS, {"omi1": tree.key})
    key = f"omi1.relay.example.dkim TXT {Txt.of(tree.key)}\n"
    tree.root.hold("relay.example", tree.operator(right + key))
    assert ids(tree.look_at(target)) == []
    tree.root.hold("relay.example", tree.operator(right))
    [finding] = tree.look_at(target).findings
    assert finding.id == "operator-record-differs"
    assert finding.subject == "omi1.relay.example.dkim.relay.example TXT"


def test_every_type_that_is_published_is_looked_at(tree: Tree) -> None:
    """CAA of the operator was never compared: a wrong one stops every renewal."""
    ours = replace(OURS, policies=Policies(caa=("ca.example",)))
    right = (
        "smtp A 192.0.2.25\nsmtp AAAA 2001:db8::25\n"
        'smtp TXT "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"\n'
        '_dmarc TXT "v=DMARC1; p=none"\n'
    )
    tree.root.hold("relay.example", tree.operator(right + 'smtp CAA 0 issue "ca.example"\n'))
    assert ids(tree.look_at(operator_target(ours))) == []
    tree.root.hold("relay.example", tree.operator(right + 'smtp CAA 0 issue "other.example"\n'))
    [finding] = tree.look_at(operator_target(ours)).findings
    assert (finding.id, finding.subject) == ("operator-record-differs", "smtp.relay.example CAA")


CATALOGUES: tuple[object, ...] = (catalogue_records, catalogue_servers)


def test_every_finding_is_written_in_both_languages() -> None:
    held = [one for each in CATALOGUES for one in vars(each).values()]
    kinds = [one for one in held if isinstance(one, FindingKind)]
    kinds += list(catalogue_records.DAMAGES.values())
    assert len(kinds) > 35
    assert len({kind.id for kind in kinds}) == len(kinds)
    for kind in kinds:
        for text in (kind.text, kind.remedy):
            assert any("\u4e00" <= character <= "\u9fff" for character in text.in_(ZH_TW)), kind.id
            braces = {piece.partition("}")[0] for piece in text.en.split("{")[1:]}
            assert braces == {piece.partition("}")[0] for piece in text.in_(ZH_TW).split("{")[1:]}
