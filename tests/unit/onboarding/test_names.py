"""What stands at a name decides what can be said: CNAMEs, wildcards, wrong types, wrong names."""

import asyncio

import dns.flags
import dns.message
import dns.rrset
import pytest

from omi_core.language import EN, ZH_TW
from omi_core.onboarding.entries import RecordAction
from omi_core.onboarding.formats import as_json, cloudflare_import, table, zone_file
from omi_core.onboarding.observe import records_for
from omi_core.onboarding.report import DomainReport
from tests.authority import Odd
from tests.unit.onboarding.test_mistakes import at_selector, findings, mistaken
from tests.unit.onboarding.tree import RIGHT, Tree

SPF = '@ TXT "v=spf1 include:_spf.relay.example ~all"\n'
POLICY = '_dmarc TXT "v=DMARC1; p=none"\n'
KEYS = "".join(f"omi{n}._domainkey CNAME omi{n}.made.example.dkim.relay.example.\n" for n in (1, 2))


def made_of(tree: Tree, *lines: str, domain: str = "made.example") -> DomainReport:
    return tree.look_at(tree.grow(domain, "".join(lines)))


def named(report: DomainReport, *ids: str) -> str:
    """What the one finding of each id says, in English; no other is there."""
    assert findings(report) == list(ids)
    return "\n".join(f"{each.text.en} | {each.remedy.en}" for each in report.findings)


def is_chinese(report: DomainReport) -> bool:
    words = [each.in_(ZH_TW) for one in report.findings for each in (one.text, one.remedy)]
    return all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in words)


# --- The sender's name is a CNAME


def hosted(tree: Tree, target: str) -> DomainReport:
    """A sender within the apple's zone that is a CNAME to a web host's name."""
    tree.grow("hosting.example")
    rest = KEYS.replace("made", "news.pear").replace("_domainkey", "_domainkey.news")
    policy = POLICY.replace("_dmarc", "_dmarc.news")
    tree.grow("pear.example", f"news CNAME {target}.hosting.example.\n{rest}{policy}")
    return tree.look_at(tree.sender("news.pear.example"))


@pytest.mark.parametrize("target", ["shops", "nothing", "gone"])
def test_beside_a_cname_nothing_is_to_be_entered(tree: Tree, target: str) -> None:
    report = hosted(tree, target)
    said = named(report, "sender-is-cname")
    assert f"news.pear.example is a CNAME to {target}.hosting.example, so nothing" in said
    assert f"have the owner of {target}.hosting.example put include:_spf.relay.example" in said
    assert is_chinese(report)
    assert report.onboarding is not None
    [entry] = report.onboarding.to_do
    assert (entry.action, entry.type) == (RecordAction.CORRECT, "CNAME")
    assert "news.pear.example. 3600 IN TXT" not in zone_file(report.onboarding, EN)
    assert "have the owner of" in table(report.onboarding, EN)


@pytest.mark.parametrize("target", ["friends", "nested"])
def test_a_cname_to_a_name_whose_spf_includes_us_is_fine(tree: Tree, target: str) -> None:
    report = hosted(tree, target)
    assert (report.exit_code, findings(report)) == (0, [])
    assert report.onboarding is not None
    assert report.onboarding.to_do == ()
    assert f"{target}.hosting.example" in table(report.onboarding, EN)


def test_a_cname_within_the_zone_is_followed(tree: Tree) -> None:
    tree.grow("apple.example")
    assert tree.look_at(tree.sender("mail.apple.example")).exit_code == 0
    tree.grow("hosting.example")
    assert "sender-is-cname" in findings(tree.look_at(tree.sender("blog.apple.example")))


def test_a_cname_whose_servers_do_not_answer_is_not_called_wrong(tree: Tree) -> None:
    nowhere = "silent NS ns.silent\nns.silent A 127.0.0.77\n"
    tree.grow("silent.example", "www A 192.0.2.1\n", delegation=nowhere)
    tree.grow("pear.example", "news CNAME www.silent.example.\n")
    report = tree.look_at(tree.sender("news.pear.example"))
    assert "sender-is-cname" not in findings(report)
    assert "spf-relays" in [each.check.id for each in report.unseen]


# --- A CNAME at the zone itself


def a_cname_at(name: str, target: str) -> Odd:
    """No server that is sound can hold it, and some do."""

    def odd(query: dns.message.Message, _transport: str) -> bytes | None:
        if query.question[0].name.to_text().lower() != name:
            return None
        made = dns.message.make_response(query)
        made.flags |= dns.flags.AA
        made.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "CNAME", target))
        return made.to_wire()

    return odd


@pytest.mark.parametrize("target", ["shops", "friends", "gone", "nested"])
def test_a_cname_at_the_apex_is_named_whatever_it_leads_to(tree: Tree, target: str) -> None:
    tree.grow("hosting.example")
    sender = tree.grow("made.example", KEYS + POLICY)
    tree.ns1.odd = tree.ns2.odd = a_cname_at("made.example.", f"{target}.hosting.example.")
    report = tree.look_at(sender)
    said = named(report, "cname-at-apex")
    assert f"the zone itself is a CNAME to {target}.hosting.example" in said
    assert "ALIAS, ANAME or flattening; then enter: TXT v=spf1 include:_spf.relay.example" in said
    assert is_chinese(report)
    assert report.exit_code == 1


# --- Wildcards

WILD = (
    ("wildc.example", "", ["wildcard-answers"], 3),
    ("wildt.example", "", ["wildcard-answers"], 3),
    ("made.example", f'{SPF}{POLICY}*._domainkey TXT "v=DKIM1; p="\n', ["wildcard-answers"], 2),
    ("made.example", f'{SPF}{KEYS}* TXT "google-site-verification=x"\n', ["wildcard-answers"], 1),
    ("made.example", f"{SPF}{KEYS}* CNAME gone.example.\n", ["wildcard-answers"], 1),
    ("made.example", f"{SPF}{POLICY}* A 104.16.1.1\n* AAAA 2606:4700::1\n", ["dkim-missing"], 2),
    ("made.example", f"{SPF}{POLICY}* A 192.0.2.1\n* MX 10 mx\n", ["dkim-missing"], 2),
)  # fmt: skip


@pytest.mark.parametrize(("domain", "text", "ids", "count"), WILD)
def test_what_a_wildcard_answers_was_not_entered(
    tree: Tree, domain: str, text: str, ids: list[str], count: int
) -> None:
    report = tree.look_at(tree.grow(domain, text))
    said = named(report, *ids)
    assert "replace" not in said
    assert "wildcard" not in ids[0] or "leave the wildcard as it is" in said
    assert is_chinese(report)
    assert report.onboarding is not None
    actions = [(entry.action, entry.removes) for entry in report.onboarding.to_do]
    assert actions == [(RecordAction.ADD, ())] * count
    assert "remove first" not in zone_file(report.onboarding, EN)


def test_a_wildcard_that_says_what_is_right_is_fine(tree: Tree) -> None:
    text = '* TXT "v=DMARC1; p=reject"\n'
    assert findings(made_of(tree, SPF, KEYS, text)) == []


@pytest.mark.parametrize(
    ("star", "ids", "value"),
    [
        ('* TXT "v=spf1 include:_spf.relay.example ~all"', [], ""),
        ('* TXT "v=spf1 mx -all"', ["wildcard-answers-for-domain"],
         "v=spf1 mx include:_spf.relay.example -all"),
        ("* CNAME shops.hosting.example.", ["wildcard-answers-for-domain"],
         "v=spf1 include:_spf.relay.example ~all"),
        ("* CNAME friends.hosting.example.", [], ""),
    ],
)  # fmt: skip
def test_a_sender_for_whom_a_wildcard_answers_keeps_its_terms(
    tree: Tree, star: str, ids: list[str], value: str
) -> None:
    tree.grow("hosting.example")
    keys = KEYS.replace("made", "news.made").replace("_domainkey", "_domainkey.news")
    tree.grow("made.example", f"{star}\n{keys}{POLICY.replace('_dmarc', '_dmarc.news')}")
    report = tree.look_at(tree.sender("news.made.example"))
    # With names below it, a name is there, and no wildcard answers for it (RFC 4592 2.2.2).
    assert findings(report) == ["spf-missing"]
    tree.grow("made.example", f"{star}\n")
    report = tree.look_at(tree.sender("news.made.example"))
    assert [each for each in findings(report) if "for-domain" in each] == ids
    assert "spf-missing" not in findings(report)
    if value:
        [found] = [each for each in report.findings if each.id == ids[0]]
        assert f"enter: TXT {value}; a wildcard answers for this name until" in found.remedy.en


def test_what_to_enter_is_asked_with_the_wildcard_in_mind(tree: Tree) -> None:
    """As `omi dns records` does, which asks any one server."""
    target = tree.grow("wildt.example")

    async def made() -> tuple[RecordAction, ...]:
        async with tree.network(0.15) as network:
            found = await records_for(target, tree.looking(network, 10))
            return tuple(entry.action for entry in found.entries)

    keep, *others = asyncio.run(made())
    assert keep is RecordAction.KEEP
    assert others == [RecordAction.ADD] * 3


def test_nobody_is_asked_about_wildcards_where_all_is_right(tree: Tree) -> None:
    tree.ns1.asked.clear()
    tree.look()
    assert not [name for name, _, _ in tree.ns1.asked if name.startswith("omi-")]


# --- The wrong type

TARGET = "omi1.shop.example.dkim.relay.example"


@pytest.mark.parametrize(
    "text",
    [
        TARGET,
        f"{TARGET}.",
        f"CNAME {TARGET}.",
        f'"{TARGET.upper()}"',
        f"{TARGET}.shop.example",
        "omi2.shop.example.dkim.relay.example",
    ],
)
def test_a_name_that_was_entered_as_txt_is_the_wrong_type(tree: Tree, text: str) -> None:
    tree.publish(mistaken(at_selector("", ("TXT", text))))
    report = tree.look()
    said = named(report, "cname-entered-as-txt")
    assert f"choose the type CNAME and enter: CNAME {TARGET}." in said
    assert is_chinese(report)
    assert report.onboarding is not None
    tree.follow(report.onboarding)
    assert findings(tree.look()) == []


# --- The panel appended the zone


@pytest.mark.parametrize("end", ["shop.example", "omi1._domainkey.shop.example", "example"])
def test_a_target_with_the_zone_appended_is_named_with_its_last_dot(tree: Tree, end: str) -> None:
    tree.publish(mistaken(at_selector("", ("CNAME", f"{TARGET}.{end}."))))
    report = tree.look()
    said = named(report, "cname-target-relative")
    assert f"the panel appended {end} to what the CNAME leads to" in said
    assert "enter the value with its last dot: at omi1._domainkey.shop.example" in said
    assert said.endswith(f"by: CNAME {TARGET}.")
    assert is_chinese(report)
    made = report.onboarding
    assert made is not None
    document = as_json(made)["entries"]
    assert isinstance(document, list)
    assert document[1]["value"] == document[1]["data"] == f"{TARGET}."
    for text in (table(made, EN), zone_file(made, EN), cloudflare_import(made, EN)):
        assert f" {TARGET}.\n" in text or f" {TARGET}. ;" in text or text.endswith(f" {TARGET}.")
    tree.follow(made)
    assert findings(tree.look()) == []


def test_both_selectors_of_the_zone_as_it_was_reported(tree: Tree) -> None:
    report = tree.look_at(tree.grow("rel.example"))
    said = named(report, "cname-target-relative")
    for slot in ("omi1", "omi2"):
        assert f"by: CNAME {slot}.rel.example.dkim.relay.example." in said


# --- Without the underscore, and other wrong names


def test_a_policy_and_selectors_without_the_underscore_are_both_named(tree: Tree) -> None:
    report = tree.look_at(tree.grow("nound.example"))
    said = named(report, "selector-wrong", "name-wrong")
    for name in ("omi1.domainkey", "omi2.domainkey", "dmarc"):
        assert f"{name}.nound.example" in said
    assert is_chinese(report)


@pytest.mark.parametrize("name", ["dmarc", "_dmarc1", "_demarc", "_domainkey"])
def test_a_policy_at_a_wrong_name_is_taken_along(tree: Tree, name: str) -> None:
    policy = "v=DMARC1; p=reject; rua=mailto:d@made.example"
    report = made_of(tree, SPF, KEYS, f'{name} TXT "{policy}"\n')
    assert named(report, "name-wrong").endswith(f"at _dmarc.made.example enter: TXT {policy}")
    assert report.onboarding is not None
    assert [entry.value for entry in report.onboarding.to_do] == [policy]


@pytest.mark.parametrize("name", ["spf", "_spf", "www", "spf1"])
def test_spf_at_a_wrong_name_is_taken_along(tree: Tree, name: str) -> None:
    report = made_of(tree, f"{name} {SPF[2:]}".replace(" ~", " ip4:203.0.113.7 ~"), KEYS, POLICY)
    assert "ip4:203.0.113.7 ~all" in named(report, "name-wrong")


def test_spf_that_is_for_another_name_is_not_called_misplaced(tree: Tree) -> None:
    assert findings(made_of(tree, 'www TXT "v=spf1 -all"\n', KEYS, POLICY)) == ["spf-missing"]


@pytest.mark.parametrize("name", ["dkim", "_domainkeys", "domainkey"])
def test_a_selector_at_a_wrong_name_is_named(tree: Tree, name: str) -> None:
    keys = KEYS.replace("._domainkey", f".{name}")
    assert f"omi2.{name}.made.example" in named(made_of(tree, SPF, keys, POLICY), "selector-wrong")


# --- Several TXT at a selector


@pytest.mark.parametrize(
    "other", ["JqQAp301VIZMI8g8Y6Cb5RnKNr", "v=DKIM1; k=rsa; p=", "v=spf1 -all", "k=rsa; p=AAAA"]
)
def test_two_txt_at_a_selector_are_named_in_either_language(tree: Tree, other: str) -> None:
    tree.publish(mistaken(at_selector("", ("TXT", tree.key), ("TXT", other))))
    report = tree.look()
    assert "2 TXT records stand at the selector" in named(report, "key-several")
    assert "2 筆 TXT 記錄" in report.findings[0].text.in_(ZH_TW)
    assert report.onboarding is not None
    tree.follow(report.onboarding)
    assert findings(tree.look()) == []


def test_the_pieces_of_a_key_as_three_records_are_named(tree: Tree) -> None:
    pieces = [("TXT", tree.key[at : at + 150]) for at in (0, 150, 300)]
    tree.publish(mistaken(at_selector("", *pieces)))
    assert "3 TXT records" in named(tree.look(), "key-several")


# --- Other CNAMEs


def test_a_policy_behind_a_cname_that_leads_nowhere_is_named(tree: Tree) -> None:
    kept = [each for each in RIGHT if each[0] != "_dmarc"]
    tree.publish([*kept, ("_dmarc", "CNAME", "gone.services.example.")])
    report = tree.look()
    said = named(report, "dmarc-cname-without-policy")
    assert "the name is a CNAME to gone.services.example" in said
    assert report.onboarding is not None
    [entry] = report.onboarding.to_do
    assert entry.removes == ("CNAME gone.services.example.",)
    tree.follow(report.onboarding)
    assert findings(tree.look()) == []
