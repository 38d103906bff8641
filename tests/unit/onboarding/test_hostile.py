"""One run over 20 domains, 10 of them hostile: 10 right results, 10 named, and the code says so."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rdatatype
import pytest

from omi_core.dns.txt import Txt
from tests.unit.mailauth.test_hostile_records import ODD_KEYS
from tests.unit.onboarding.test_commands import Omi, validate
from tests.unit.onboarding.tree import TLD, Record, Tree, written
from tests.unit.resolve.test_hostile_messages import pointer, record

RIGHT_ONES = [f"right{number}.example" for number in range(10)]
SELECTOR = "._domainkey"


def right(domain: str) -> list[Record]:
    """The zone of a domain at which nothing is wrong."""
    return [
        ("@", "NS", "ns"),
        ("ns", "A", "127.0.0.2"),
        ("@", "TXT", "v=spf1 include:_spf.relay.example ~all"),
        *(
            (f"{slot}{SELECTOR}", "CNAME", f"{slot}.{domain}.dkim.relay.example.")
            for slot in ("omi1", "omi2")
        ),
        ("_dmarc", "TXT", "v=DMARC1; p=none"),
    ]


def changed(name: str, *texts: str) -> Callable[[str], list[Record]]:
    """A zone with other texts at a name."""

    def zone(domain: str) -> list[Record]:
        others = [each for each in right(domain) if not (each[0] == name and each[1] != "NS")]
        return [*others, *((name, "TXT", text) for text in texts)]

    return zone


def key(kind: str) -> str:
    return f"v=DKIM1; k=rsa; p={base64.b64encode(ODD_KEYS[kind]).decode()}"


def spf(term: str) -> Callable[[str], list[Record]]:
    return changed("@", f"v=spf1 {term} -all")


def reports(*addresses: str) -> Callable[[str], list[Record]]:
    return changed("_dmarc", f"v=DMARC1; p=none; rua={','.join(f'mailto:{a}' for a in addresses)}")


NINES = "9" * 5000
TAGS = "v=DMARC1; p=none; " + "".join(f"t{number}=1;" for number in range(8000))
# By a domain's first label: what its zone holds.
ZONES: dict[str, Callable[[str], list[Record]]] = {
    "macro-a": spf(f"a:%{{d{NINES}}}.example.com"),
    "macro-exists": spf(f"exists:%{{d{NINES}}}"),
    "macro-zeros": spf(f"include:%{{d{'0' * 5000}}}.example.com"),
    "macro-redirect": changed("@", f"v=spf1 redirect=%{{o{NINES}}}.example.com"),
    "key-unknown": changed(f"omi1{SELECTOR}", key("unknown OID")),
    "key-gost": changed(f"omi2{SELECTOR}", key("GOST 2001")),
    "key-curve": changed(f"omi1{SELECTOR}", key("unknown curve")),
    "key-group": changed(f"omi1{SELECTOR}", key("a group that takes a second")),
    "dmarc-tags": changed("_dmarc", TAGS + "p=none"),
    "dmarc-many": reports(*(f"a@h{number}.example" for number in range(2000))),
    "dmarc-dots": reports("a@..", "a@" + "b" * 80 + ".example"),
    "dmarc-labels": reports("a@" + "b." * 20_000 + "example"),
    "dmarc-marks": changed("_dmarc", "v=DMARC1; p=none; x=" + "\u0301\u0316" * 15_000),
}
# The same: what the operator publishes behind its two selectors.
KEYS = {
    "operator-empty": ("v=DKIM1; p=", "v=DKIM1; p=AAAA"),
    "operator-without": ("v=DKIM1; k=rsa", "v=DKIM1; k=gost; p=AAAA"),
    "operator-odd": (key("unknown OID"), key("P-256")),
    "operator-braces": ("v=DKIM1; k={old}; p={value}", "{}"),
}
# The same: what its name server answers to everything, over TCP where it is long.
Answering = Callable[[dns.message.Message], bytes]


def answering(*records: bytes) -> Answering:
    def answer(query: dns.message.Message) -> bytes:
        made = dns.message.make_response(query)
        made.flags |= dns.flags.AA
        head = bytearray(made.to_wire()[: 12 + len(_question(query))])
        head[6:12] = len(records).to_bytes(2) + bytes(4)
        return bytes(head) + b"".join(records)

    return answer


def _question(query: dns.message.Message) -> bytes:
    return query.question[0].name.to_wire() + bytes(4)


def bomb(query: dns.message.Message) -> bytes:
    """65 KB of pointers, each to the one before."""
    start = 12 + len(_question(query)) + 11
    octets, last = b"\x01a\0", start
    while len(octets) < 16_000:
        octets, last = octets + pointer(last), start + len(octets)
    others = [record(pointer(last), 16, b"\0")] * 3_700
    return answering(record(b"\0", 65280, octets), *others)(query)


def wide(query: dns.message.Message) -> bytes:
    """Names that are allowed, each of 120 labels, thousands of them."""
    start = 12 + len(_question(query)) + 11
    octets = b"\x01a" * 120 + b"\0"
    others = [record(pointer(start), 2, pointer(start))] * 4_000
    return answering(record(b"\0", 65280, octets), *others)(query)


def counted(message: bytes) -> bytes:
    """The same with 65,535 records in each section, of which none is there."""
    return message[:6] + b"\xff" * 6 + message[12:]


SERVERS: dict[str, Answering] = {
    "bomb": bomb,
    "bomb-wide": wide,
    "label-150": answering(record(b"\0", 2, b"\x96" + b"\xff" * 150 + b"\0")),
    "label-64": answering(record(b"\0", 2, b"\x40" + b"a" * 64 + b"\0")),
    "name-long": answering(record(b"\0", 2, (b"\x3f" + b"\xff" * 63) * 4 + b"\0")),
    "counts": lambda query: counted(answering()(query)),
}
# The same: the name of its name server at the parent.
NAMES = {
    "ns-255": "\\255" * 63 + ".services.example.",
    "ns-dots": "a\\.b\\.c.services.example.",
    "ns-escape": "\\027\\091\\050J.services.example.",
    "ns-backslash": "a\\\\.services.example.",
}
# And one whose zone is right, but for the name of its server in it.
HOSTILE = [*ZONES, *KEYS, *SERVERS, *NAMES, "ns-unreadable"]
# As the issue has them; the others are more of each kind.
TEN = [
    *("macro-a", "macro-exists", "key-unknown", "key-gost", "key-curve"),
    *("operator-empty", "operator-without", "ns-255", "bomb", "dmarc-tags"),
]


def _delegation(domain: str) -> str:
    label = domain.partition(".")[0]
    if label in NAMES:
        return f"{label} NS {NAMES[label]}\n"
    return f"{label} NS ns.{label}\nns.{label} A 127.0.0.2\n"


def _published(tree: Tree, domain: str) -> str:
    first, second = KEYS.get(domain.partition(".")[0], (tree.key, tree.key))
    keys = {"omi1": first, "omi2": second}
    return "".join(f"{slot}.{domain}.dkim TXT {Txt.of(keys[slot])}\n" for slot in keys)


@pytest.fixture
def many(tree: Tree) -> Iterator[Tree]:
    """The tree with the ten right ones and every hostile one in it."""
    domains = [*RIGHT_ONES, *(f"{label}.example" for label in HOSTILE)]
    tree.root.hold("example", TLD + "".join(map(_delegation, domains)))
    tree.root.hold("relay.example", tree.operator("".join(_published(tree, d) for d in domains)))
    for domain in domains:
        zone = ZONES.get(domain.partition(".")[0], right)
        tree.ns1.hold(domain, written(zone(domain)))

    def odd(query: dns.message.Message, transport: str) -> bytes | None:
        labels = query.question[0].name.to_text(omit_final_dot=True).lower().split(".")
        answer = SERVERS.get(labels[-2]) if len(labels) > 1 else None
        if labels[0] == "ns-unreadable" and query.question[0].rdtype == dns.rdatatype.NS:
            answer = SERVERS["label-150"]
        made = answer(query) if answer else None
        if made is None or transport == "tcp" or len(made) <= 1232:
            return made
        short = dns.message.make_response(query)
        short.flags |= dns.flags.TC | dns.flags.AA
        return short.to_wire()

    tree.ns1.odd = odd
    yield tree
    for domain in domains:
        tree.ns1.drop(domain)


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in {"began", "seconds"}}


def run(omi: Omi, tmp_path: Path, form: str, domains: list[str]) -> tuple[int, dict[str, Any]]:
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{domain}\n" for domain in domains))
    code, out, err = omi("verify", "--file", str(names), form)
    assert err == ""
    if form == "--json":
        document = json.loads(out)
        validate("dns-verify", document)
        assert document["exit_code"] == code
        found = document["domains"]
    else:
        found = [json.loads(line) for line in out.splitlines()]
        for line in found:
            validate("dns-verify-line", line)
    return code, {each["domain"]: without_times(each) for each in found}


@pytest.mark.parametrize("form", ["--json", "--json-lines"])
@pytest.mark.usefixtures("many")
def test_ten_hostile_domains_cost_ten_others_nothing(omi: Omi, tmp_path: Path, form: str) -> None:
    hostile = [f"{label}.example" for label in TEN]
    mixed = [each for pair in zip(hostile, RIGHT_ONES, strict=True) for each in pair]
    code, found = run(omi, tmp_path, form, mixed)
    alone_code, alone = run(omi, tmp_path, form, RIGHT_ONES)
    assert (code, alone_code) == (3, 0)
    assert {domain: found[domain] for domain in RIGHT_ONES} == alone
    for domain in hostile:
        assert found[domain]["findings"] or found[domain]["exit_code"] == 3, domain


# What is said of each: a finding, or a check that could not be made.
EXPECTED = {
    "macro-a": "spf-not-included",
    "macro-exists": "spf-not-included",
    "macro-zeros": "spf-syntax",
    "macro-redirect": "spf-permerror",
    **dict.fromkeys(("key-unknown", "key-gost", "key-curve", "key-group"), "key-unusable"),
    "operator-empty": "key-revoked",
    **dict.fromkeys(("operator-without", "operator-odd", "operator-braces"), "key-unusable"),
    **dict.fromkeys(SERVERS, "servers-answer"),
    "ns-unreadable": "delegation-consistent",
    **dict.fromkeys(NAMES, "delegation-without-server"),
    "dmarc-tags": "dmarc-unreadable",
    "dmarc-many": "dmarc-reports-to-many",
    "dmarc-dots": "dmarc-reports-undeliverable",
    "dmarc-labels": "dmarc-reports-undeliverable",
    "dmarc-marks": "dmarc-tag-ignored",
}


@pytest.mark.usefixtures("many")
def test_every_hostile_domain_is_judged_for_what_it_is(omi: Omi, tmp_path: Path) -> None:
    assert set(EXPECTED) == set(HOSTILE)
    _, found = run(omi, tmp_path, "--json-lines", [f"{label}.example" for label in HOSTILE])
    named = {label: set(_named(found[f"{label}.example"])) for label in HOSTILE}
    lacking = {label: named[label] for label in HOSTILE if EXPECTED[label] not in named[label]}
    assert lacking == {}
    assert not any("domain-checked" in each["unseen"] for each in found.values())


def _named(line: dict[str, Any]) -> Iterator[str]:
    yield from (finding["id"] for finding in line["findings"])
    yield from line["unseen"]
