"""Servers and signatures as they are: what can be found out is, and the rest is named."""

import time
from collections.abc import Callable

import dns.dnssec
import dns.dnssectypes
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from omi_core.findings.verdict import Status
from omi_core.language import ZH_TW
from omi_core.onboarding.report import DomainReport
from tests.authority import Authority, Odd
from tests.unit.onboarding.test_mistakes import findings
from tests.unit.onboarding.test_names import KEYS, POLICY, SPF, named
from tests.unit.onboarding.tree import Tree

TEXT = f"@ NS ns1.shop.example.\n@ NS ns2.shop.example.\n{SPF}{KEYS}{POLICY}"
Answers = Callable[[dns.message.Message], "int | None"]


def saying(rcode: Answers, *, whole: bool = True) -> Odd:
    """A server that says an RCODE to what `rcode` says; as old ones do, with a header alone."""

    def odd(query: dns.message.Message, _transport: str) -> bytes | None:
        code = rcode(query)
        if code is None:
            return None
        made = dns.message.make_response(query)
        made.use_edns(-1)
        made.set_rcode(dns.rcode.Rcode(code))
        if not whole:
            made.question.clear()
        return made.to_wire()

    return odd


def to_edns(code: int) -> Answers:
    return lambda query: code if query.edns >= 0 else None


def to_type(kind: str, code: int, *, at: str) -> Answers:
    def answer(query: dns.message.Message) -> int | None:
        asked = query.question[0]
        is_it = dns.rdatatype.to_text(asked.rdtype) == kind and asked.name.to_text() != at
        return code if is_it else None

    return answer


# --- Servers without EDNS (RFC 6891 7)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("code", [dns.rcode.FORMERR, dns.rcode.NOTIMP])
def test_a_server_that_refuses_edns_is_asked_without(tree: Tree, code: int, *, whole: bool) -> None:
    tree.ns1.odd = tree.ns2.odd = saying(to_edns(code), whole=whole)
    report = tree.look()
    assert (report.exit_code, findings(report)) == (0, [])


def test_a_long_answer_of_such_a_server_is_read_over_tcp(tree: Tree) -> None:
    long = [("@", "TXT", f"{n:04}" + "x" * 240) for n in range(20)]
    tree.publish([*tree.at["ns1"], *long])
    tree.ns1.odd = tree.ns2.odd = saying(to_edns(dns.rcode.FORMERR))
    assert findings(tree.look(timeout_s=1)) == []


def test_one_of_two_servers_without_edns_is_no_finding(tree: Tree) -> None:
    tree.ns2.odd = saying(to_edns(dns.rcode.FORMERR))
    assert findings(tree.look()) == []


def test_a_server_that_refuses_everything_is_lame_after_one_more_try(tree: Tree) -> None:
    tree.ns2.odd = saying(lambda _: dns.rcode.FORMERR)
    tree.ns2.asked.clear()
    report = tree.look()
    assert findings(report) == ["server-lame"]
    assert "FORMERR" in report.findings[0].observed.en
    assert len(tree.ns2.asked) <= 12


def test_the_mail_servers_behind_mx_may_be_in_such_a_zone(tree: Tree) -> None:
    tree.grow("noedns.example", "cust.mail A 192.0.2.25\ncust.mail AAAA 2001:db8::25\n")
    refuse = saying(to_edns(dns.rcode.FORMERR))

    def odd(query: dns.message.Message, transport: str) -> bytes | None:
        is_its = query.question[0].name.to_text().endswith("noedns.example.")
        return refuse(query, transport) if is_its else None

    tree.ns1.odd = tree.ns2.odd = odd
    report = tree.look_at(tree.grow("cloudmail.example"))
    assert (report.exit_code, findings(report)) == (0, [])
    assert report.seen.views[0].spf[tree.target().relays[0]].term == "mx"


# --- Servers that know few types


@pytest.mark.parametrize(
    "code", [dns.rcode.NOTIMP, dns.rcode.REFUSED, dns.rcode.SERVFAIL, dns.rcode.FORMERR]
)
def test_where_ns_is_refused_below_the_apex_the_cut_is_found(tree: Tree, code: int) -> None:
    keys = KEYS.replace("made", "news.made").replace("_domainkey", "_domainkey.news")
    policy = POLICY.replace("_dmarc", "_dmarc.news")
    tree.grow("made.example", f"news {SPF[2:]}{keys}{policy}")
    tree.ns1.odd = tree.ns2.odd = saying(to_type("NS", code, at="made.example."))
    report = tree.look_at(tree.sender("news.made.example"))
    assert (report.exit_code, findings(report)) == (0, [])
    assert report.seen.zone is not None
    assert report.seen.zone.name == "made.example"


def test_where_soa_is_refused_as_well_the_cut_is_found_by_txt(tree: Tree) -> None:
    tree.grow("made.example", f"news {SPF[2:]}")
    ns, soa = (to_type(kind, dns.rcode.NOTIMP, at="made.example.") for kind in ("NS", "SOA"))
    tree.ns1.odd = tree.ns2.odd = saying(lambda query: ns(query) or soa(query))
    report = tree.look_at(tree.sender("news.made.example"))
    assert report.seen.zone is not None
    assert report.seen.zone.name == "made.example"
    assert "spf-missing" not in findings(report)


def test_a_zone_on_the_servers_of_its_parent_is_found_by_its_soa(tree: Tree) -> None:
    tree.grow("made.example", "news NS ns1.shop.example.\nnews NS ns2.shop.example.\n")
    below = TEXT.replace("made", "news.made")
    tree.ns1.hold("news.made.example", below)
    tree.ns2.hold("news.made.example", below)
    tree.ns1.odd = tree.ns2.odd = saying(to_type("NS", dns.rcode.NOTIMP, at="made.example."))
    report = tree.look_at(tree.sender("news.made.example"))
    tree.ns1.drop("news.made.example")
    tree.ns2.drop("news.made.example")
    assert report.seen.zone is not None
    assert report.seen.zone.name == "news.made.example"
    assert findings(report) == []


def test_silence_is_not_asked_again_by_other_types(tree: Tree) -> None:
    tree.grow("made.example", f"news {SPF[2:]}")
    tree.ns1.odd = tree.ns2.odd = lambda _query, _transport: b""
    tree.ns1.asked.clear()
    assert tree.look_at(tree.sender("news.made.example")).exit_code == 3
    assert {kind for _, kind, _ in tree.ns1.asked} == {"NS"}


# --- Servers of the other family

SIX = "2001:db8:53::1"
ONLY_SIX = f"made NS ns1.made\nns1.made AAAA {SIX}\n"


def over_four(tree: Tree, delegation: str, text: str = TEXT) -> DomainReport:
    target = tree.grow("made.example", f"; NO_NS\n{text}", delegation=delegation)
    tree.families = (4,)
    return tree.look_at(target)


def test_servers_of_ipv6_alone_were_not_looked_at_over_ipv4(tree: Tree) -> None:
    report = over_four(tree, ONLY_SIX)
    assert (report.exit_code, findings(report)) == (3, [])
    [unseen] = report.unseen
    assert unseen.verdict.note.en.startswith(f"ns1.made.example ([{SIX}]")
    assert "IPv6 alone, which -4 leaves out" in unseen.verdict.note.en
    assert "只有 IPv6 位址" in unseen.verdict.note.in_(ZH_TW)


def test_one_such_server_beside_another_is_named_and_the_other_judged(tree: Tree) -> None:
    report = over_four(tree, f"{ONLY_SIX}made NS ns2.shop\n")
    assert report.exit_code == 3
    assert [each.check.id for each in report.unseen] == ["servers-answer"]
    assert Status.PASSED in {
        each.verdict.status for each in report.results if each.check.id == "spf-record"
    }


def test_a_server_with_both_families_is_asked_over_the_one(tree: Tree) -> None:
    both = f"made NS ns1.made\nns1.made AAAA {SIX}\nns1.made A 127.0.0.2\n"
    text = TEXT.replace("ns1.shop.example.", "ns1.made.example.").replace(
        "@ NS ns2.shop.example.\n", ""
    )
    report = over_four(tree, both, text)
    assert (report.exit_code, findings(report)) == (0, [])


def test_a_server_whose_name_is_elsewhere_and_has_ipv6_alone(tree: Tree) -> None:
    tree.grow("hosting.example", f"six AAAA {SIX}\n")
    report = over_four(tree, "made NS six.hosting.example.\n")
    assert (report.exit_code, findings(report)) == (3, [])
    assert "six.hosting.example" in report.unseen[0].verdict.note.en


def test_without_any_address_it_still_is_a_finding(tree: Tree) -> None:
    assert findings(over_four(tree, "made NS ns1.made\n")) == ["delegation-without-server"]


def test_an_include_whose_servers_have_ipv6_alone_was_not_counted(tree: Tree) -> None:
    six = f"six NS ns.six\nns.six AAAA {SIX}\n"
    tree.grow("six.example", "_spf A 192.0.2.1\n", delegation=six)
    report = over_four(
        tree,
        "made NS ns1.shop\nmade NS ns2.shop\n",
        TEXT.replace("~all", "include:_spf.six.example ~all"),
    )
    assert report.exit_code in {1, 3}
    assert any("which -4 leaves out" in each.verdict.note.en for each in report.unseen)


# --- DS and DNSKEY

Key = tuple[ec.EllipticCurvePrivateKey, DNSKEY]
HOUR = 3600


def new_key() -> Key:
    private = ec.generate_private_key(ec.SECP256R1())
    made = dns.dnssec.make_dnskey(private.public_key(), dns.dnssectypes.Algorithm.ECDSAP256SHA256)
    assert isinstance(made, DNSKEY)
    return private, made


def ds_of(key: Key, digest: str = "SHA256") -> str:
    return str(dns.dnssec.make_ds(dns.name.from_text("made.example."), key[1], digest))


def sign(
    server: Authority, key: Key, *, until: float, domain: str = "made.example", text: str = TEXT
) -> None:
    """Serve the domain signed, until seconds from now."""
    zone = server.made(domain, text)
    now = time.time()
    dns.dnssec.sign_zone(
        zone, keys=[key], inception=int(now - 100 * HOUR), expiration=int(now + until)
    )
    server.hold_zone(domain, zone)


def delegate(tree: Tree, *signers: str) -> None:
    lines = "".join(f"made DS {each}\n" for each in signers)
    tree.grow("made.example", f"; NO_NS\n{TEXT}", delegation=f"{PAIR}{lines}")


PAIR = "made NS ns1.shop\nmade NS ns2.shop\n"


def look_at_signed(tree: Tree, key: Key, *signers: str, until: float = HOUR) -> DomainReport:
    delegate(tree, *signers)
    for server in (tree.ns1, tree.ns2):
        sign(server, key, until=until)
    return tree.look_at(tree.sender("made.example"))


@pytest.mark.parametrize("digest", ["SHA1", "SHA256", "SHA384"])
def test_a_ds_of_the_key_of_the_zone_is_fine(tree: Tree, digest: str) -> None:
    key = new_key()
    policy = dns.dnssec.allow_all_policy
    name = dns.name.from_text("made.example.")
    signer = str(dns.dnssec.make_ds(name, key[1], digest, policy=policy))
    report = look_at_signed(tree, key, signer)
    assert (report.exit_code, findings(report)) == (0, [])
    assert report.results[-1].verdict.note.en == "signed, and the parent says so"


def test_a_ds_of_an_old_key_is_broken(tree: Tree) -> None:
    old, new = new_key(), new_key()
    report = look_at_signed(tree, new, ds_of(old))
    said = named(report, "dnssec-ds-of-another-key")
    assert "RFC 4035 5.2" in said
    tags = [str(dns.dnssec.key_id(key)) for _, key in (old, new)]
    assert report.findings[0].observed.en == f"DS {tags[0]}"
    assert f"DNSKEY {tags[1]}" in report.findings[0].expected.en
    assert "註冊商" in report.findings[0].remedy.in_(ZH_TW)
    assert report.exit_code == 1


def test_one_ds_of_two_that_fits_is_enough(tree: Tree) -> None:
    key = new_key()
    assert findings(look_at_signed(tree, key, ds_of(new_key()), ds_of(key))) == []


def test_a_ds_with_the_right_tag_and_another_digest_is_of_another_key(tree: Tree) -> None:
    key = new_key()
    tag, algorithm, kind, _ = ds_of(key).split()
    wrong = f"{tag} {algorithm} {kind} {'AB' * 32}"
    assert findings(look_at_signed(tree, key, wrong)) == ["dnssec-ds-of-another-key"]


def test_a_digest_that_nobody_knows_is_not_judged(tree: Tree) -> None:
    key = new_key()
    tag, algorithm, *_ = ds_of(key).split()
    assert findings(look_at_signed(tree, key, f"{tag} {algorithm} 200 {'AB' * 32}")) == []


def test_a_zone_that_is_not_signed_any_more_is_broken(tree: Tree) -> None:
    ds = "60579 13 2 E6115150E9F5CAFF4D9C397265E562E7A769EAF90D73F42BD64C4B6DB84EFE63"
    delegate(tree, ds)
    assert findings(tree.look_at(tree.sender("made.example"))) == ["dnssec-broken"]


@pytest.mark.parametrize("behind", ["ended", "unsigned"])
def test_one_server_of_three_with_old_signatures_is_named(tree: Tree, behind: str) -> None:
    key = new_key()
    three = f"{PAIR}made NS ns3.made\nns3.made A 127.0.0.4\n"
    tree.grow("made.example", TEXT, delegation=f"{three}made DS {ds_of(key)}\n")
    for server in (tree.ns1, tree.ns2):
        sign(server, key, until=HOUR)
    with Authority("127.0.0.4", {"made.example": TEXT}, tree.port) as third:
        if behind == "ended":
            sign(third, key, until=-HOUR)
        report = tree.look_at(tree.sender("made.example"))
    found = next(each for each in report.findings if each.id == "dnssec-server-behind")
    assert "ns3.made.example" in found.text.en
    assert "transfers have stopped" in found.text.en
    assert "ns1" not in found.observed.en
    assert "dnssec-broken" not in findings(report)


def test_of_two_servers_the_one_with_old_signatures_is_named(tree: Tree) -> None:
    key = new_key()
    delegate(tree, ds_of(key))
    sign(tree.ns1, key, until=-HOUR)
    sign(tree.ns2, key, until=HOUR)
    [found] = tree.look_at(tree.sender("made.example")).findings
    assert "ns1.shop.example" in found.text.en
    assert "ns2.shop.example" not in found.text.en


def test_where_all_signatures_have_ended_the_zone_is_broken(tree: Tree) -> None:
    key = new_key()
    assert findings(look_at_signed(tree, key, ds_of(key), until=-HOUR)) == ["dnssec-broken"]
