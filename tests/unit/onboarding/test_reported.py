"""Zones as people reported them, rebuilt with invented names: each has exactly its findings."""

from dataclasses import dataclass

import pytest

from tests.unit.onboarding.test_delegations import PAIR, SIX, TEXT, new_key, sign
from tests.unit.onboarding.test_mistakes import findings
from tests.unit.onboarding.test_names import a_cname_at
from tests.unit.onboarding.tree import ZONES, Tree

OLD_DS = "60579 13 2 E6115150E9F5CAFF4D9C397265E562E7A769EAF90D73F42BD64C4B6DB84EFE63"


@dataclass(frozen=True)
class Reported:
    """A domain, what is said of it, and the exit code; `delegation` in place of both servers."""

    domain: str
    ids: tuple[str, ...] = ()
    code: int = 1
    delegation: str = ""
    only_four: bool = False

    @property
    def zone(self) -> str:
        return self.domain.removeprefix("news.").removeprefix("mail.").removeprefix("blog.")

    def __str__(self) -> str:
        return self.domain


MISSING = ("dkim-missing", "dmarc-missing")
DOMAINS = (
    Reported("right.example", code=0),
    Reported("news.apple.example", ("sender-is-cname", *MISSING)),
    Reported("blog.apple.example", ("sender-is-cname", *MISSING)),
    Reported("mail.apple.example", code=0),
    Reported("wildc.example", ("wildcard-answers",)),
    Reported("wildt.example", ("wildcard-answers",)),
    Reported("astxt.example", ("cname-entered-as-txt",)),
    Reported("rel.example", ("cname-target-relative",)),
    Reported("nound.example", ("selector-wrong", "name-wrong")),
    Reported("twok.example", ("key-several",)),
    Reported("rua.example", ("dmarc-reports-unaddressed",), 0),
    Reported("colon.example", ("dmarc-tag-ignored",), 0),
    Reported("entity.example", ("dmarc-tag-ignored",), 0),
    Reported(
        "halfsix.example",
        (),
        3,
        f"halfsix NS ns1.halfsix\nhalfsix NS ns2.halfsix\nns1.halfsix AAAA {SIX}\n"
        "ns2.halfsix A 127.0.0.3\n",
        only_four=True,
    ),
    Reported(
        "unsignedds.example",
        ("dnssec-broken",),
        1,
        f"{PAIR}made DS {OLD_DS}\n".replace("made", "unsignedds"),
    ),
    Reported("nscname.example", ("name-server-is-cname",), 1, "nscname NS nsx.hosting.example.\n"),
)


@pytest.mark.parametrize("reported", DOMAINS, ids=str)
def test_a_reported_zone_has_exactly_its_findings(tree: Tree, reported: Reported) -> None:
    tree.grow("hosting.example")
    tree.grow(reported.zone, delegation=reported.delegation)
    tree.families = (4,) if reported.only_four else (4, 6)
    report = tree.look_at(tree.sender(reported.domain))
    assert findings(report) == list(reported.ids)
    assert report.exit_code == reported.code


def test_a_reported_zone_with_the_ds_of_an_old_key(tree: Tree) -> None:
    delegation = f"{PAIR}made DS {OLD_DS}\n".replace("made", "rekeyed")
    target = tree.grow("rekeyed.example", delegation=delegation)
    key = new_key()
    for server in (tree.ns1, tree.ns2):
        text = TEXT.replace("made.example", "rekeyed.example")
        sign(server, key, until=3600, domain="rekeyed.example", text=text)
    assert findings(tree.look_at(target)) == ["dnssec-ds-of-another-key"]


def test_a_name_server_that_is_a_cname_into_another_zone(tree: Tree) -> None:
    tree.grow("hosting.example")
    tree.grow("right.example")
    text = (ZONES / "nscname.example.zone").read_text("utf-8").replace("nsx", "nsz")
    report = tree.look_at(
        tree.grow("nscname.example", text, delegation="nscname NS nsz.hosting.example.\n")
    )
    assert findings(report) == ["name-server-is-cname"]
    assert "CNAME to nsy.right.example" in report.findings[0].text.en


def test_an_apex_that_is_a_cname_with_nothing_below_it(tree: Tree) -> None:
    sender = tree.grow("apex.example", "www A 192.0.2.1\n")
    tree.ns1.odd = tree.ns2.odd = a_cname_at("apex.example.", "www.hosting.example.")
    assert findings(tree.look_at(sender)) == ["cname-at-apex", *MISSING]


def test_every_zone_file_is_looked_at() -> None:
    used = {each.zone for each in DOMAINS}
    elsewhere = {"hosting.example", "cloudmail.example", "rekeyed.example"}
    assert {path.stem for path in ZONES.glob("*.zone")} == used | elsewhere
