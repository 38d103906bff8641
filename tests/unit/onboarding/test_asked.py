"""Records are handed out for domains whose owners send, and named as people write them."""

import json
from pathlib import Path

import pytest

from omi_core.names import in_script, unicode_of
from tests.unit.onboarding.conftest import Omi
from tests.unit.onboarding.test_commands import validate
from tests.unit.onboarding.test_names import KEYS, POLICY, SPF
from tests.unit.onboarding.tree import RIGHT, Tree

HAN = "xn--cl1a37h.example"


def customer(inventory: Path, *domains: str) -> None:
    listed = ", ".join(f'"{each}"' for each in domains)
    file = inventory.parent / "customers/other.toml"
    file.write_text(f'name = "Other"\ndomains = [{listed}]\n')


@pytest.mark.parametrize("domain", ["gone.example", "shoop.example", "mail.gone.example", "a.com"])
@pytest.mark.parametrize("form", ["table", "zone", "cloudflare", "json"])
def test_for_a_domain_that_does_not_exist_nothing_is_handed_out(
    omi: Omi, domain: str, form: str
) -> None:
    code, out, err = omi("records", domain, "--format", form)
    assert (code, out) == (1, "")
    assert f"{domain}: the domain does not exist in DNS" in err
    assert "spelled right" in err


def test_it_is_told_in_the_readers_language(omi: Omi) -> None:
    assert "DNS 中沒有這個網域" in omi("records", "gone.example", "--lang", "zh-TW")[2]


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("made.example", "made.example: the domain is not in the inventory"),
        ("www.shop.example", "a name within shop.example: senders are very likely name@shop"),
        ("a.b.shop.example", "run `omi dns records shop.example`"),
        ("mail.made.example", "run `omi dns records made.example`"),
    ],
)
def test_a_domain_that_is_not_in_the_inventory_is_a_warning(
    tree: Tree, omi: Omi, domain: str, said: str
) -> None:
    tree.grow("made.example", f"{SPF}{KEYS}{POLICY}mail A 192.0.2.1\n")
    code, out, err = omi("records", domain, "--format", "zone")
    assert code == 0
    assert out
    assert said in err
    assert err.startswith("warning")
    assert "收件" in omi("records", domain, "--lang", "zh-TW")[1]


def test_a_domain_of_the_inventory_at_which_nothing_stands_is_a_warning(
    tree: Tree, omi: Omi, inventory: Path
) -> None:
    customer(inventory, "news.shop.example")
    err = omi("records", "news.shop.example", "--format", "zone")[2]
    assert "news.shop.example: nothing stands at the name yet" in err
    tree.publish([*RIGHT, ("news", "A", "192.0.2.1")])
    assert omi("records", "news.shop.example", "--format", "zone")[2] == ""


def test_a_domain_of_the_inventory_is_no_warning(omi: Omi) -> None:
    assert omi("records", "shop.example")[2] == ""


def test_the_json_holds_the_warnings(omi: Omi) -> None:
    code, out, err = omi("records", "www.shop.example", "--json")
    document = json.loads(out)
    validate("dns-records", document)
    assert (code, err) == (0, "")
    ids = [each["id"] for each in document["warnings"]]
    assert ids == ["domain-is-host", "domain-without-records"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("xn--bcher-kva.example", "b\u00fccher.example"),
        ("a.xn--bcher-kva.xn--kpry57d", "a.b\u00fccher.\u53f0\u7063"),
        ("shop.example", "shop.example"),
        ("xn--.example", "xn--.example"),
        ("xn--99999999999.example", "xn--99999999999.example"),
        ("xn--a.example", "xn--a.example"),
        ("ns1.shop.example (192.0.2.1)", "ns1.shop.example (192.0.2.1)"),
    ],
)
def test_a_name_in_its_own_script_has_its_a_label_beside(name: str, written: str) -> None:
    assert unicode_of(name) == written
    assert in_script(name) == (name if written == name else f"{written} ({name})")


def test_every_output_shows_a_domain_as_people_write_it(
    tree: Tree, omi: Omi, inventory: Path, tmp_path: Path
) -> None:
    customer(inventory, HAN)
    tree.grow(HAN, f'{SPF}@ TXT "v=spf1 mx -all"\n{POLICY}')
    shown = f"{unicode_of(HAN)} ({HAN})"
    assert shown != f"{HAN} ({HAN})"
    page = tmp_path / "page.html"
    table = omi("records", HAN)[1]
    assert table.startswith(f"{shown}: records to enter into the zone {shown}")
    assert f"whole name: omi1._domainkey.{HAN}" in table
    out = omi("verify", HAN, "--html", str(page))[1]
    assert f"\u2718 {shown}: failed" in out
    assert f"error: {shown}: there are 2 SPF records" in out
    assert f"error: omi1._domainkey.{unicode_of(HAN)} (omi1._domainkey.{HAN})" in out
    assert f"DNS: {shown}" in page.read_text("utf-8")
    document = json.loads(omi("verify", HAN, "--json")[1])
    validate("dns-verify", document)
    [one] = document["domains"]
    assert (one["domain"], one["written"]) == (HAN, unicode_of(HAN))
