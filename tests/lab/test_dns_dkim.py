"""DKIM rotation on real relays, real Knot and a receiver that judges every mail."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.dkim_rotation import DEPLOY, rotate_under_load
from lab import plan
from lab.site import Site
from tests.lab.relay_run import LAB, Control, Inventory, Run, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

DNS = "deploys/dns.py"
KEYS = "/etc/omi/dkim"
KNOTC = "knotc zone-begin {zone} && knotc zone-{change} && knotc zone-commit {zone}"


def step(control: Control, *words: str, inventory: Path | str = LAB) -> Run:
    ended = control.run("-y", *words, inventory=inventory, what=DEPLOY)
    assert ended.code == 0, ended.said
    return ended


def served(control: Control, name: str, kind: str = "TXT") -> str:
    command = f"kdig @{plan.ipv4(plan.AUTHORITATIVE)} +short {name} {kind}"
    return shell(control.site, "dns", command).strip()


@pytest.fixture
def rested(control: Control) -> Iterator[Control]:
    """The relays before any rotation, and put back there whatever happened."""
    yield control
    for relay in ("smtp", "smtp2"):
        shell(control.site, relay, f"rm -f {KEYS}/*.omi2* {KEYS}/*.mark")
    control.deploy()
    step(control)


def test_every_mail_verifies_while_a_key_comes_goes_back_and_is_withdrawn(
    rested: Control,
) -> None:
    said: list[str] = []

    def run(words: Sequence[str]) -> None:
        said.append(step(rested, *words).said)

    outcome = rotate_under_load(rested.site, run, lambda _: None)
    assert outcome.refused == []
    assert outcome.lost == 0
    assert set(outcome.verdicts) == {"spf=pass dkim=pass dmarc=pass"}
    assert set(outcome.selectors) == {"omi1", "omi2"}
    assert "shop.example: omi2 signs here from now on" in said[1]
    assert "omi1 is kept, since smtp2.itpison.com may still sign with it" in said[2]
    assert "shop.example: omi1 signs here from now on" in said[4]
    assert "omi2 is withdrawn" in said[6]
    assert served(rested, "omi2.shop.example.dkim.itpison.com") == ""
    for relay in ("smtp", "smtp2"):
        assert "omi2" not in shell(rested.site, relay, f"ls {KEYS}")
    assert rested.deploy().changed == []


def test_a_key_that_no_customer_leads_to_does_not_sign(rested: Control, tmp_path: Path) -> None:
    """One CNAME is missing: signatures of that domain would fail, so it waits, and says why."""
    checkout = rested.copy(tmp_path / "checkout")
    checkout.edit(LAB, '"shop.example", ', "")
    step(checkout, "--data", "rotate=true")
    remove = KNOTC.format(zone="shop.example", change="unset shop.example omi2._domainkey CNAME")
    shell(rested.site, "dns", remove)
    aged(rested.site)
    said = step(checkout).said
    assert "shop.example: omi2 does not sign yet" in said
    assert "news.example: omi2 signs here from now on" in said


def aged(site: Site) -> None:
    from benchmarks.dkim_rotation import DAY, forget

    forget(site, DAY)


def test_drift_is_shown_by_dry_and_repaired(control: Control) -> None:
    name = "omi1._domainkey"
    unset = KNOTC.format(zone="shop.example", change=f"unset shop.example {name} CNAME")
    foreign = served(control, "shop.example", "MX"), served(control, "shop.example", "TXT")
    shell(control.site, "dns", unset)
    dry = control.run("--dry", "--json", what=DNS)
    assert dry.plan["Publish DNS"] == ["@local"]
    assert f"+ {name}.shop.example. CNAME" in control.run("--dry", what=DNS).said
    assert served(control, f"{name}.shop.example", "CNAME") == ""
    control.deploy(what=DNS)
    assert served(control, f"{name}.shop.example", "CNAME").startswith("omi1.shop.example.dkim.")
    assert control.run("-y", what=DNS).changed == []
    assert foreign == (
        served(control, "shop.example", "MX"),
        served(control, "shop.example", "TXT"),
    )


def test_bounces_have_a_sender_policy(control: Control) -> None:
    assert served(control, "smtp2.itpison.com").startswith('"v=spf1 ip4:198.18.0.12 ip6:')


def test_what_a_person_read_is_what_is_applied(control: Control, tmp_path: Path) -> None:
    inventory = Inventory(tmp_path).write(control)
    unset = KNOTC.format(zone="news.example", change="unset news.example omi1._domainkey CNAME")
    shell(control.site, "dns", unset)
    (tmp_path / "plan.json").write_text('{"plans": []}')
    words = ("-y", "--data", f"plan={tmp_path / 'plan.json'}")
    refused = control.run(*words, inventory=inventory, what=DNS)
    assert refused.code == 1
    assert "was not to change, and now is" in refused.said
    assert "Traceback" not in refused.said
    assert served(control, "omi1._domainkey.news.example", "CNAME") == ""
    control.deploy(what=DNS)


def test_two_operators_at_once_both_end_well(rested: Control) -> None:
    both = [rested.start("-y", "--data", "rotate=true", what=DEPLOY) for _ in range(2)]
    for process in both:
        process.communicate(timeout=200)
    step(rested, "--data", "rotate=true")
    aged(rested.site)
    assert "shop.example: omi2 signs here from now on" in step(rested).said
    keys = {
        shell(rested.site, r, f"sha256sum < {KEYS}/shop.example.omi2.key")
        for r in ("smtp", "smtp2")
    }
    assert len(keys) == 1
