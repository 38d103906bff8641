"""The lab's hosts, names and zones agree with each other."""

import ipaddress
import subprocess
import sys
from pathlib import Path

import pytest

from lab import images, mailbox, plan, seed, site, zones
from lab.__main__ import main
from lab.delegation import parent_of
from lab.failure import LabError, UsageError
from lab.seed import File

LAB = Path(__file__).resolve().parents[3] / "lab"


def test_both_addresses_of_a_host_end_alike() -> None:
    for host in plan.HOSTS:
        assert ipaddress.ip_address(host.ipv4) in ipaddress.ip_network("198.18.0.0/24")
        assert ipaddress.ip_address(host.ipv6) in ipaddress.ip_network("2001:db8:18::/64")
        assert host.ipv4.rpartition(".")[2] == host.ipv6.rpartition(":")[2] == str(host.number)


def test_numbers_and_names_are_used_once() -> None:
    numbers = [host.number for host in plan.HOSTS]
    assert len(set(numbers) | {plan.GATEWAY, plan.RESOLVER}) == len(numbers) + 2
    assert len({host.name for host in plan.HOSTS}) == len(plan.HOSTS)


def test_the_spare_relay_boots_only_when_named() -> None:
    assert "smtp3" not in {host.name for host in plan.standing()}
    assert plan.host("smtp3").role is plan.Role.RELAY


def test_an_unknown_host_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no host 'stmp'; its hosts are dns acme mx"):
        plan.host("stmp")


@pytest.mark.parametrize("checkout", ["/a", "/a/b", "/tmp/" + "x" * 200])
def test_interface_names_fit_the_kernel(checkout: str) -> None:
    place = site.Site(Path(checkout))
    names = [f"vb-{place.machine(host.name)}" for host in plan.HOSTS]
    assert max(map(len, [*names, place.namespace])) <= 15


def test_two_checkouts_share_no_name() -> None:
    first, second = site.Site(Path("/one")), site.Site(Path("/two"))
    assert first.key != second.key
    assert first.cgroup != second.cgroup
    assert first.namespace_file != second.namespace_file


def test_every_zone_is_delegated_from_its_parent() -> None:
    every = {zone.name: zone for zone in zones.all_zones()}
    for name in filter(None, every):
        parent = every[parent_of(name, set(every))]
        assert f"{name}. NS {plan.NAME_SERVER}." in parent.records


def test_strangers_have_records_in_each_zone_that_a_deploy_may_write() -> None:
    every = {zone.name: zone.text for zone in zones.all_zones()}
    for name in plan.UPDATABLE_ZONES:
        assert {" A ", " MX ", " TXT "} <= {
            kind for kind in (" A ", " MX ", " TXT ") if kind in every[name]
        }


def test_relays_have_pointers_but_no_addresses_before_a_deploy() -> None:
    text = "".join(zone.text for zone in zones.all_zones())
    assert "PTR smtp.itpison.com." in text
    assert "smtp A " not in text
    assert "smtp.itpison.com. A" not in text


def test_a_new_zone_is_cut_from_the_nearest_zone_above() -> None:
    served = {"", "example", "shop.example"}
    assert parent_of("a.b.shop.example", served) == "shop.example"
    assert parent_of("other.example", served) == "example"
    assert parent_of("relay.test", served) == ""


def test_an_unknown_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_SUITE", "buster")
    with pytest.raises(UsageError, match="LAB_SUITE=buster is unknown"):
        plan.relay_suite()


def test_only_relays_follow_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_SUITE", "bookworm")
    suites = {role: images.of(role).suite for role in plan.Role}
    assert suites.pop(plan.Role.RELAY) == "bookworm"
    assert set(suites.values()) == {"trixie"}


def test_an_image_is_named_by_all_it_is_made_from(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {role: images.of(role).name for role in plan.Role}
    monkeypatch.setitem(images.TOOLS, plan.Role.DNS, ("knot",))
    after = {role: images.of(role).name for role in plan.Role}
    assert {role for role in plan.Role if before[role] != after[role]} == {plan.Role.DNS}
    monkeypatch.setattr(images, "BARE", ("systemd",))
    assert not {images.of(role).name for role in plan.Role} & set(after.values())


@pytest.mark.parametrize("path", ["relative", "/a:b", "/a,b"])
def test_a_cache_that_cannot_be_mounted_is_refused(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("OMI_LAB_CACHE", path)
    with pytest.raises(LabError, match="OMI_LAB_CACHE"):
        site.cache()


def test_seeded_directories_are_like_those_of_the_image(tmp_path: Path) -> None:
    (tmp_path / "image" / "root").mkdir(parents=True)
    (tmp_path / "image" / "root").chmod(0o700)
    upper = tmp_path / "upper"
    upper.mkdir()
    files = [File(path="/root/.ssh/key", content="k", mode=0o600), File(path="/etc/l", link="x")]
    seed.plant(files, upper, [tmp_path / "image"])
    assert (upper / "root").stat().st_mode & 0o777 == 0o700
    assert (upper / "root/.ssh/key").stat().st_mode & 0o777 == 0o600
    assert (upper / "etc/l").readlink() == Path("x")


HEADER = (
    "mx.inbox.example;\n\tdkim=pass header.d=shop.example;\n\tdkim=permerror header.d=x.example;"
    "\n\tspf=pass (mx: domain of dkim=fail designates) smtp.mailfrom=a@shop.example;"
    "\n\tdmarc=pass (policy=none) header.from=shop.example"
)


def test_a_verdict_is_read_past_comments() -> None:
    verdict = mailbox.Verdict.parse(HEADER)
    assert str(verdict) == "spf=pass dkim=permerror dmarc=pass"
    assert verdict.signatures == ("pass", "permerror")
    assert not verdict.is_pass


def test_no_header_is_no_pass() -> None:
    assert str(mailbox.Verdict.parse("")) == "spf=absent dkim=absent dmarc=absent"


@pytest.mark.parametrize("argv", [[], ["dance"], ["ssh"], ["reset"], ["status", "x"], ["zone"]])
def test_wrong_usage_ends_with_2_and_a_sentence(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert capsys.readouterr().err.startswith("lab: ")


def test_the_lab_needs_nothing_but_the_standard_library() -> None:
    modules = [f"lab.{path.stem}" for path in LAB.glob("*.py")]
    code = f"import sys; sys.path.insert(0, {str(LAB.parent)!r}); import {', '.join(modules)}"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_modules_are_short() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in LAB.glob("*.py")}
    assert max(lengths.values()) < 400
