"""`omi dns plan` and `apply` over Cloudflare's stand-in; servers are asked on no network."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from omi_core.cli.__main__ import run
from omi_core.dns import agreement, publishing
from omi_core.dns.plan import Change
from omi_core.dns.providers.cloudflare.provider import CloudflareProvider
from omi_core.names import Fqdn
from tests.cloudflare_stand_in.account import Account, StoodInZone
from tests.cloudflare_stand_in.service import Service, served
from tests.unseen import HOSTILE, unseen

TOKEN = "a-token-that-must-never-be-shown-anywhere"
INVENTORY = """
from omi_core.inventory import *
_environment = environment(
    operator_zone="itpison.com", public_names=("smtp.itpison.com",),
    postmaster="postmaster@itpison.com", customers=load_customers("inventories/lab/customers"),
    issuer=internal_ca("ca"), dns={dns}, writable_zones=("itpison.com", "shop.example"),
)
relay = [relay_host("smtp.itpison.com", environment=_environment, ipv4="192.0.2.25")]
"""
Say = pytest.CaptureFixture[str]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    account = Account(tokens={TOKEN: None})
    for name in ("itpison.com", "shop.example"):
        account.zone(name).post({"name": "@", "type": "TXT", "content": "somebody's"})
    with served(account) as running:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", running.url)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", f"{TOKEN}\n")
        monkeypatch.setenv("LANG", "C")
        # Which servers those are is asked of the resolver; the lab's tests do that.
        monkeypatch.setattr(agreement, "wait_until_agreed", lambda *_, **__: ())
        monkeypatch.setattr(publishing.applied, "__kwdefaults__", _nobody())
        yield running


def _nobody() -> dict[str, object]:
    defaults = dict(publishing.applied.__kwdefaults__ or {})
    return {**defaults, "servers": lambda _: ()}


@pytest.fixture
def inventory(tmp_path: Path) -> str:
    file = tmp_path / "inventory.py"
    file.write_text(INVENTORY.format(dns="cloudflare()"))
    return str(file)


def zone(service: Service, name: str) -> StoodInZone:
    return next(one for one in service.account.zones if one.name == name)


def test_plan_changes_nothing_and_apply_leaves_nothing_to_plan(
    service: Service, inventory: str, capsys: Say
) -> None:
    assert run(["dns", "plan", "--without-keys", "--inventory", inventory]) == 1
    shown = capsys.readouterr().out
    assert "+ _spf.itpison.com. TXT 300" in shown
    assert "+ omi1._domainkey.shop.example. CNAME 3600" in shown
    assert not any("POST" in line for line in service.asked)
    assert run(["dns", "apply", "--without-keys", "--inventory", inventory]) == 0
    assert "every authoritative server agrees" in capsys.readouterr().out
    service.asked.clear()
    assert run(["dns", "plan", "--without-keys", "--inventory", inventory]) == 0
    assert capsys.readouterr().out == "nothing to do\n"
    assert len(service.asked) == 4  # two for each zone


def test_a_plan_that_was_read_is_the_one_that_is_applied(
    service: Service, inventory: str, capsys: Say, tmp_path: Path
) -> None:
    run(["dns", "plan", "--without-keys", "--inventory", inventory, "--json"])
    text = capsys.readouterr().out
    schema = json.loads(Path("omi_core/cli/schemas/dns-plan.json").read_text())
    Draft202012Validator(schema).validate(json.loads(text))
    (tmp_path / "plan.json").write_text(text)
    words = [
        "dns",
        "apply",
        "--without-keys",
        "--inventory",
        inventory,
        "--plan",
        str(tmp_path / "plan.json"),
    ]
    zone(service, "shop.example").post({"name": "@", "type": "TXT", "content": "v=spf1 -all"})
    assert run(words) == 2
    said = capsys.readouterr().err
    assert "the plan is no longer the one that was read" in said
    assert '1 "v=spf1 -all"' in said
    assert not any("POST" in line for line in service.asked)
    spf = zone(service, "shop.example").records.popitem()
    assert spf[1]["content"] == "v=spf1 -all"
    assert run(words) == 0


@pytest.mark.parametrize("option", [[], ["--json"], ["--lang", "zh-TW"]])
def test_what_a_customer_entered_does_not_act_where_a_plan_is_read(
    service: Service, inventory: str, capsys: Say, option: list[str]
) -> None:
    shop = zone(service, "shop.example")
    for name, content in (("@", f"v=spf1 mx {HOSTILE}\n -all"), ("_dmarc", f"v=DMARC1; {HOSTILE}")):
        posted = shop.post({"name": name, "type": "TXT", "content": "x", "comment": "x"})
        posted["content"], posted["comment"] = content, HOSTILE
    run(["dns", "plan", "--without-keys", "--inventory", inventory, *option])
    out, err = capsys.readouterr()
    assert unseen(out + err, "\n") == ""
    assert "shop.example" in out
    assert "]0;owned[2J[31m31m" in out + err  # the term, as far as it is no damage of a panel
    if "--json" in option:
        assert [each["zone"] for each in json.loads(out)["plans"]][-1] == "shop.example."


@pytest.mark.parametrize(
    "refused",
    [
        ("v=spf1 mx ip4:203.0.113.7~all", "ip4:203.0.113.7~all: a space is missing before ~all"),
        ('v=spf1 -all" "redirect=x', "a space is missing before redirect=x"),
        (f"v=spf1 {' '.join(f'a:h{n}.example' for n in range(11))} -all", "would need 12 look-ups"),
    ],
)
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_what_would_break_a_customers_mail_is_refused_and_stops_nothing_else(
    service: Service, inventory: str, capsys: Say, verb: str, refused: tuple[str, str]
) -> None:
    record, why = refused
    shop = zone(service, "shop.example")
    shop.post({"name": "@", "type": "TXT", "content": f'"{record}"'})
    before = {identifier: dict(each) for identifier, each in shop.records.items()}
    assert run(["dns", verb, "--without-keys", "--inventory", inventory]) == 2
    shown, said = capsys.readouterr()
    assert "shop.example" in said
    assert why in said
    # What is planned elsewhere is seen all the same, and every refusal with it.
    assert "+ _spf.itpison.com. TXT 300" in shown
    assert "! shop.example" in shown
    assert before.items() <= shop.records.items()
    names = {each["name"] for each in shop.records.values()}
    assert ("omi1._domainkey.shop.example" in names) is (verb == "apply")
    assert any("POST" in line for line in service.asked) is (verb == "apply")
    assert ("every authoritative server agrees" in shown) is (verb == "apply")


def test_the_json_of_apply_says_what_was_refused(
    service: Service, inventory: str, capsys: Say
) -> None:
    shop = zone(service, "shop.example")
    shop.post({"name": "@", "type": "TXT", "content": '"v=spf1 mx ip4:203.0.113.7~all"'})
    assert run(["dns", "apply", "--without-keys", "--inventory", inventory, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    schema = json.loads(Path("omi_core/cli/schemas/dns-plan.json").read_text())
    Draft202012Validator(schema).validate(document)
    ours, theirs = document["plans"]
    assert (ours["refusals"], ours["stopped"], theirs["stopped"]) == ([], False, False)
    assert "a space is missing" in theirs["refusals"][0]
    assert run(["dns", "plan", "--without-keys", "--inventory", inventory]) == 2
    assert "+" not in capsys.readouterr().out


def test_a_conflict_stops_its_zone_and_the_others_are_published(
    service: Service, inventory: str, capsys: Say
) -> None:
    shop = zone(service, "shop.example")
    shop.post({"name": "omi1._domainkey", "type": "TXT", "content": '"v=DKIM1; k=rsa; p="'})
    before = dict(shop.records)
    assert run(["dns", "apply", "--without-keys", "--inventory", inventory]) == 2
    shown, said = capsys.readouterr()
    assert "nothing of this zone is applied" in shown
    assert "cannot become a CNAME while it has TXT" in said
    assert shop.records == before
    names = {each["name"] for each in zone(service, "itpison.com").records.values()}
    assert "_spf.itpison.com" in names


def test_a_fault_in_publishing_one_zone_leaves_the_others_published(
    service: Service, inventory: str, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = CloudflareProvider.apply

    def failing(self: CloudflareProvider, zone: Fqdn, changes: Sequence[Change]) -> None:
        if zone.relative == "news.example":
            raise ZeroDivisionError
        apply(self, zone, changes)

    service.account.zone("news.example")
    text = Path(inventory).read_text()
    Path(inventory).write_text(text.replace('"shop.example")', '"news.example", "shop.example")'))
    monkeypatch.setattr(CloudflareProvider, "apply", failing)
    code = run(["dns", "apply", "--without-keys", "--inventory", inventory])
    said = capsys.readouterr()
    assert code == 3
    assert "news.example: perhaps not published, by a fault of omi itself" in said.err
    assert "Traceback" not in said.out + said.err
    names = {each["name"] for each in zone(service, "shop.example").records.values()}
    assert "omi1._domainkey.shop.example" in names


def test_another_checksum_is_refused(service: Service, inventory: str, capsys: Say) -> None:
    run(["dns", "plan", "--without-keys", "--inventory", inventory, "--json"])
    sums = [one["checksum"] for one in json.loads(capsys.readouterr().out)["plans"]]
    given = [word for one in sums[:1] for word in ("--checksum", one)]
    assert run(["dns", "apply", "--without-keys", "--inventory", inventory, *given]) == 2
    assert f"the plan has the checksum {sums[1]}" in capsys.readouterr().err
    assert not any("POST" in line for line in service.asked)
    given = [word for one in sums for word in ("--checksum", one)]
    assert run(["dns", "apply", "--without-keys", "--inventory", inventory, *given]) == 0


def test_a_file_that_is_no_plan_is_refused(
    service: Service, inventory: str, capsys: Say, tmp_path: Path
) -> None:
    file = tmp_path / "plan.json"
    for text in ("", "[]", "{}", '{"plans": [{}]}', '{"plans": 1}', '{"plans": [1]}'):
        file.write_text(text)
        assert (
            run(["dns", "apply", "--without-keys", "--inventory", inventory, "--plan", str(file)])
            == 2
        )
        assert "omi dns plan --json" in capsys.readouterr().err
    assert (
        run(
            [
                "dns",
                "apply",
                "--without-keys",
                "--inventory",
                inventory,
                "--plan",
                str(tmp_path / "no"),
            ]
        )
        == 2
    )
    assert not any("POST" in line for line in service.asked)


def test_a_missing_token_is_one_sentence(
    service: Service, inventory: str, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    assert run(["dns", "plan", "--without-keys", "--inventory", inventory]) == 2
    assert "CLOUDFLARE_API_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "another-token-nobody-knows-here")
    assert run(["dns", "plan", "--without-keys", "--inventory", inventory]) == 3
    said = capsys.readouterr().err
    assert "does not accept the API token" in said
    assert "another-token" not in said
    assert service.asked
