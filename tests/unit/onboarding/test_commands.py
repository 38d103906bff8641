"""`omi dns records` and `omi dns verify` as support runs them: options, outputs, exit codes."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from omi_core.cli.__main__ import run
from tests.unit.onboarding.test_mistakes import at_policy, mistaken
from tests.unit.onboarding.tree import RIGHT, Tree

ROOT = Path(__file__).parents[3]
SCHEMAS = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in (ROOT / "omi_core/cli/schemas").glob("*.json")
}
REGISTRY: Registry[Any] = Registry().with_resources(
    (f"{name}.json", Resource.from_contents(document)) for name, document in SCHEMAS.items()
)
Omi = Callable[..., tuple[int, str, str]]


def validate(name: str, document: object) -> None:
    Draft202012Validator(SCHEMAS[name], registry=REGISTRY).validate(document)


def test_what_to_enter_is_a_table_with_panels_in_either_language(tree: Tree, omi: Omi) -> None:
    tree.publish([each for each in RIGHT if each[0] in {"@", "ns1", "ns2"}])
    code, out, _ = omi("records", "shop.example")
    assert code == 0
    assert "Name: omi1._domainkey   (whole name: omi1._domainkey.shop.example)" in out
    assert "Value: omi1.shop.example.dkim.relay.example." in out
    assert "[is right, leave it]" in out
    for panel in ("Cloudflare", "GoDaddy", "HiNet", "Google", "AWS", "Any other provider"):
        assert panel in out
    chinese = omi("records", "shop.example", "--lang", "zh-TW")[1]
    assert "名稱：omi1._domainkey" in chinese
    assert "中華電信" in chinese


def test_a_zone_file_and_an_import_hold_only_what_is_to_do(tree: Tree, omi: Omi) -> None:
    tree.publish([*(each for each in RIGHT if each[0] != "_dmarc"), ("@", "TXT", "v=spf1 mx -all")])
    out = omi("records", "shop.example", "--format", "zone")[1].splitlines()
    assert out == [
        "; remove first: shop.example. TXT v=spf1 include:_spf.relay.example ~all",
        "; remove first: shop.example. TXT v=spf1 mx -all",
        (
            "; Note: shop.example. TXT: left out, because only one of its kind can stand"
            " (RFC 7208 5.1, 6): -all"
        ),
        'shop.example. 3600 IN TXT "v=spf1 include:_spf.relay.example mx ~all"',
        '_dmarc.shop.example. 3600 IN TXT "v=DMARC1; p=none"',
    ]
    tree.publish(RIGHT[:6])
    out = omi("records", "shop.example", "--format", "cloudflare")[1].splitlines()
    assert out[0] == ";; Domain:     shop.example."
    assert "omi1._domainkey.shop.example. 3600 IN CNAME" in out[1]
    assert out[1].endswith("; cf_tags=cf-proxied:false")


def test_records_as_json_are_what_the_schema_says(omi: Omi) -> None:
    document = json.loads(omi("records", "shop.example", "--format", "json")[1])
    validate("dns-records", document)
    assert [entry["action"] for entry in document["entries"]] == ["keep"] * 4
    assert document == json.loads(omi("records", "shop.example", "--json")[1])


def test_a_domain_that_is_fine_ends_with_zero(omi: Omi) -> None:
    code, out, _ = omi("verify", "shop.example")
    assert code == 0
    assert "192.0.2.25: pass, 2001:db8::25: pass" in out


def test_every_output_of_a_mistake_names_it(tree: Tree, omi: Omi, tmp_path: Path) -> None:
    tree.publish(mistaken(at_policy("semicolon-dropped", "v=DMARC1 p=none")))
    files = {kind: tmp_path / kind for kind in ("html", "junit", "prometheus")}
    words = [f"--{kind}={path}" for kind, path in files.items()]
    code, out, _ = omi("verify", "shop.example", "--json", *words)
    document = json.loads(out)
    assert code == document["exit_code"] == 1
    validate("dns-verify", document)
    assert [each["id"] for each in document["domains"][0]["findings"]] == ["semicolon-dropped"]
    suites = ET.fromstring(files["junit"].read_text("utf-8"))
    assert [each.get("type") for each in suites.iter("failure")] == ["semicolon-dropped"]
    metrics = files["prometheus"].read_text()
    assert 'omi_dns_domain{domain="shop.example"} 0' in metrics
    assert 'omi_dns_check{domain="shop.example",check="dmarc-record"} 0' in metrics
    assert "v=DMARC1; p=none" in files["html"].read_text("utf-8")


def test_without_a_domain_the_inventorys_are_looked_at(omi: Omi) -> None:
    assert "shop.example: fine" in omi("verify")[1]


def test_lines_come_for_a_file_and_only_changes_since_an_earlier_run(
    tree: Tree, omi: Omi, tmp_path: Path
) -> None:
    names, before = tmp_path / "names.txt", tmp_path / "before.jsonl"
    names.write_text("# customers\nshop.example\nbücher.example  # not there\n")
    code, out, _ = omi("verify", "--file", str(names), "--json-lines", "--resume", str(before))
    lines = {line["domain"]: line for line in map(json.loads, out.splitlines())}
    assert code == 1
    assert sorted(lines) == ["shop.example", "xn--bcher-kva.example"]
    for line in lines.values():
        validate("dns-verify-line", line)
    assert lines["xn--bcher-kva.example"]["findings"][0]["id"] == "domain-not-there"

    since = ("verify", "--file", str(names), "--since", str(before), "--json-lines")
    assert omi(*since)[1] == ""
    tree.publish(mistaken(at_policy("dmarc-missing")))
    code, out, _ = omi(*since)
    assert [json.loads(line)["domain"] for line in out.splitlines()] == ["shop.example"]


def test_a_run_that_was_killed_goes_on_where_it_was(omi: Omi, tmp_path: Path) -> None:
    done = tmp_path / "done.jsonl"
    names = tmp_path / "names.txt"
    names.write_text("other.example\nshop.example\n")
    kept = {"domain": "other.example", "status": "passed", "exit_code": 0, "findings": []}
    done.write_text(json.dumps({**kept, "unseen": []}) + '\n{"domain": "shop.exa')
    code, out, _ = omi("verify", "--file", str(names), "--resume", str(done), "--json-lines")
    assert code == 0
    assert [json.loads(line)["domain"] for line in out.splitlines()] == ["shop.example"]
    assert done.read_text().splitlines()[-1] == out.strip()


BAD = {
    "": "a domain is empty",
    "a" * 64 + ".example": "longer than 63",
    ("a." * 130) + "example": "longer than the 253",
    "_dmarc.shop.example": "is the name of a record; give the domain itself, as shop.example",
    "my_shop.example": "underscore",
    "https://www.shop.example/x?y": "is a web address, not a domain; its host is www.shop.example",
    "anna@shop.example": "is a mail address; its domain is shop.example",
    "com.tw": "is a public suffix",
    "example": "is a public suffix",
    "192.0.2.1": "is an IP address",
    "2001:db8::1": "is an IP address",
    "shop..example": "empty part",
}


@pytest.mark.parametrize("written", BAD, ids=lambda written: written[:20] or "empty")
@pytest.mark.parametrize("verb", ["records", "verify"])
def test_a_name_that_is_none_is_refused_in_a_sentence(omi: Omi, verb: str, written: str) -> None:
    code, out, err = omi(verb, "--", written)
    assert code == 2
    assert out == ""
    assert BAD[written] in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("written", ["shop.example.", "SHOP.Example", " shop.example "])
def test_a_name_may_be_written_as_people_write_it(omi: Omi, written: str) -> None:
    assert omi("verify", written)[0] == 0


@pytest.mark.parametrize("written", ["bücher.example", "xn--bcher-kva.example"])
def test_a_name_in_its_own_script_is_the_same_as_its_a_label(omi: Omi, written: str) -> None:
    code, out, _ = omi("verify", written)
    assert code == 1
    assert "xn--bcher-kva.example" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--file", "/nowhere"), "'/nowhere' cannot be read"),
        (("shop.example", "--since", "/nowhere"), "'/nowhere' is not there"),
        (("shop.example", "--keys", "/nowhere"), "'/nowhere' cannot be read"),
        (("shop.example", "--rate", "0"), "must be greater than 0"),
        (("shop.example", "--wait", "-1"), "--wait must not be negative"),
        (("shop.example", "--root", "nonsense:x"), "no port"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    omi: Omi, words: tuple[str, ...], sentence: str
) -> None:
    code, _, err = omi("verify", *words)
    assert code == 2
    assert sentence in err


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"http://x.example/", "'http://x.example/' is a web address"),
        (b"b\xfccher.example", "is not a domain name"),
        (b"\x1b[31m\x00", "is not a domain name"),
        (b"x" * 300, "is not a domain name"),
        (b"com.tw", "is a public suffix"),
    ],
)
def test_a_line_of_a_file_that_is_no_domain_is_not_checked_and_the_others_are(
    omi: Omi, tmp_path: Path, line: bytes, why: str, place: int
) -> None:
    names = tmp_path / "names.txt"
    lines = [b"shop.example", b"other.example"]
    lines.insert(place, line)
    names.write_bytes(b"\n".join(lines))
    code, out, err = omi("verify", "--file", str(names), "--json-lines")
    found = [json.loads(each) for each in out.splitlines()]
    for each in found:
        validate("dns-verify-line", each)
    codes = {each["domain"]: each["exit_code"] for each in found}
    assert (code, err, len(found)) == (3, "", 3)
    assert (codes["shop.example"], codes["other.example"]) == (0, 1)
    [bad] = [each for each in found if each["exit_code"] == 3]
    assert bad["reason"]["en"].startswith(f"{names}:{place + 1}: ")
    assert why in bad["reason"]["en"]


def test_a_list_in_another_encoding_is_refused_as_a_whole(omi: Omi, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("shop.example\n", encoding="utf-16")
    code, out, err = omi("verify", "--file", str(names))
    assert (code, out) == (2, "")
    assert "it is not UTF-8" in err


def test_a_list_may_come_through_a_pipe(omi: Omi) -> None:
    """It can be read only once."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        pipe.write("shop.example\nother.example\nshop.example\n")
    try:
        _, out, _ = omi("verify", "--file", f"/dev/fd/{reading}", "--json-lines")
    finally:
        os.close(reading)
    assert {json.loads(each)["domain"] for each in out.splitlines()} == {
        "shop.example",
        "other.example",
    }
    assert len(out.splitlines()) == 2


def test_where_nobody_answers_the_code_is_three(tree: Tree, inventory: Path, capsys: Any) -> None:
    words = ["--inventory", str(inventory), "--root", f"127.0.0.9:{tree.port}", "-4"]
    assert run(["dns", "verify", "shop.example", *words]) == 3
    assert run(["dns", "records", "shop.example", *words]) == 3
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    assert "no server of the root answers" in said.err
