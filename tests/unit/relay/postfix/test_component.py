"""What a user of the relay relies on, read from the files that Postfix will read."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from omi_core.engine.component import Component
from omi_core.errors import InputError
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.customers.owners import sender_owners
from omi_core.inventory.issuers import InternalCa
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.shaping.receiver import Receiver, WarmUp
from omi_core.names import Address, Fqdn
from omi_core.queue.pauses.rules import read_rules
from omi_core.relay.postfix import component as postfix
from omi_core.secret import Secret

SHOP, OTHER, BANK = (Fqdn.parse(name) for name in ("shop.example", "other.example", "bank.example"))
ALL = frozenset({SHOP, OTHER, BANK})


def account(login: str, *senders: str) -> Account:
    return Account(
        login=login,
        password_hash=Secret("{SHA512-CRYPT}$6$x"),
        senders=tuple(map(Sender.parse, senders)),
    )


CUSTOMERS = (
    Customer(
        name="Shop",
        domains=(SHOP, OTHER),
        accounts=(
            account("Alice", "alice@shop.example", "news@other.example"),
            account("admin@shop.example", "@shop.example"),
        ),
    ),
    Customer(name="Bank", domains=(BANK,), accounts=(account("bank", "bank.example"),)),
)


def environment(**changes: Any) -> Environment:
    values: dict[str, Any] = {
        "operator_zone": Fqdn.parse("relay.example"),
        "public_names": (Fqdn.parse("smtp.relay.example"),),
        "postmaster": Address.parse("ops@relay.example"),
        "customers": CUSTOMERS,
        "issuer": InternalCa(directory=Path("ca")),
    }
    return Environment(**{**values, **changes})


def relay(**changes: Any) -> Relay:
    values: dict[str, Any] = {
        "name": Fqdn.parse("smtp.relay.example"),
        "ipv4": ip_address("192.0.2.25"),
        "ipv6": ip_address("2001:db8::25"),
        "environment": environment(),
    }
    return Relay(**{**values, **changes})


def configured(of: Relay | None = None, release: str = "13") -> Component:
    return postfix.configured(of or relay(), ALL, release)


def text(component: Component, name: str) -> str:
    return next(f.content.decode() for f in component.files if f.path == f"/etc/postfix/{name}")


def settings(component: Component) -> dict[str, str]:
    """Read main.cf as postconf(5) says: comments, continuation lines, name = value."""
    lines = [line for line in text(component, "main.cf").splitlines() if not line.startswith("#")]
    logical = re.sub(r"\n[ \t]+", " ", "\n".join(lines)).splitlines()
    pairs = (line.partition("=") for line in logical if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def services(component: Component) -> dict[str, dict[str, str]]:
    """Read master.cf as master(5) says: each service with its `-o` parameters."""
    found: dict[str, dict[str, str]] = {}
    for line in text(component, "master.cf").splitlines():
        if option := re.fullmatch(r"\s+-o (\w+)=(.*)", line):
            found[list(found)[-1]][option[1]] = option[2]
        elif line and not line.startswith("#"):
            found[line.split()[0]] = {}
    return found


def test_it_listens_on_the_three_promised_ports_and_no_other() -> None:
    listeners = [
        line.split()[0]
        for line in text(configured(), "master.cf").splitlines()
        if re.match(r"\S+\s+inet ", line)
    ]
    assert listeners == ["25", "465", "587"]


def test_only_auth_opens_the_door() -> None:
    found = settings(configured())
    assert found["mynetworks"] == ""
    assert found["smtpd_relay_restrictions"].startswith("permit_sasl_authenticated, reject")
    assert found["smtpd_relay_restrictions"].endswith(", reject")
    assert "530 5.7.0" in found["submission_client_restrictions"]


@pytest.mark.parametrize("port", ["465", "587"])
def test_submission_needs_tls_and_a_login(port: str) -> None:
    listener = services(configured())[port]
    assert listener["smtpd_tls_security_level"] == "encrypt"
    assert listener["smtpd_client_restrictions"] == "$submission_client_restrictions"


@pytest.mark.parametrize("promised", [False, True])
def test_no_password_is_asked_before_tls_but_on_25_where_the_inventory_promises_it(
    promised: bool,  # noqa: FBT001 - the two cases
) -> None:
    component = configured(relay(environment=environment(plaintext_auth=promised)))
    assert settings(component)["smtpd_tls_auth_only"] == "yes"
    exceptions = [
        port for port, options in services(component).items() if "smtpd_tls_auth_only" in options
    ]
    assert exceptions == (["25"] if promised else [])


def test_old_tls_and_anonymous_ciphers_are_closed() -> None:
    found = settings(configured())
    for parameter in ("smtpd_tls_protocols", "smtpd_tls_mandatory_protocols"):
        assert found[parameter] == ">=TLSv1.2"
    for parameter in ("smtpd_tls_exclude_ciphers", "smtpd_tls_mandatory_exclude_ciphers"):
        assert found[parameter] == "aNULL"


@pytest.mark.parametrize("release", ["12", "13"])
def test_smuggling_is_closed_whatever_the_release_ships(release: str) -> None:
    found = settings(configured(release=release))
    assert found["smtpd_forbid_bare_newline"] == "normalize"
    assert found["smtpd_forbid_unauth_pipelining"] == "yes"
    assert "chunking" in found["smtpd_discard_ehlo_keywords"]
    # Its default is $mynetworks: were that this host, a local web form could smuggle.
    assert "smtpd_forbid_bare_newline_exclusions" not in found


def test_nothing_leaves_unasked_or_unsigned() -> None:
    found = settings(configured())
    policy, signer = found["smtpd_milters"].split()
    assert policy == "unix:/run/omi-policy/milter.sock"
    assert signer == "unix:/run/rspamd/milter.sock"
    assert found["non_smtpd_milters"] == "$smtpd_milters"
    assert found["milter_default_action"] == "tempfail"


def test_what_the_host_itself_says_passes_the_same_gate() -> None:
    found = settings(configured())
    assert found["internal_mail_filter_classes"] == "bounce, notify"
    assert found["non_smtpd_milters"] == "$smtpd_milters"


def test_smtputf8_is_not_offered_and_what_needs_it_is_refused_at_once() -> None:
    found = settings(configured())
    assert "smtputf8" in found["smtpd_discard_ehlo_keywords"].split(", ")
    assert found["strict_smtputf8"] == "yes"


def test_clients_are_hidden_only_where_the_inventory_says_so() -> None:
    hiding = configured(relay(environment=environment(hide_clients=True)))
    assert "/etc/postfix/header_checks" in hiding.paths
    assert settings(hiding)["header_checks"] == "regexp:/etc/postfix/header_checks"
    assert "/etc/postfix/header_checks" not in configured().paths
    assert "header_checks" not in settings(configured())


def test_an_account_gets_exactly_its_senders() -> None:
    assert sender_owners(CUSTOMERS, ALL) == {
        "@bank.example": ("bank",),
        "@shop.example": ("admin@shop.example",),
        "alice@shop.example": ("admin@shop.example", "alice"),
        "news@other.example": ("alice",),
    }


def test_a_domain_without_a_key_on_this_host_has_no_senders() -> None:
    owners = sender_owners(CUSTOMERS, frozenset({SHOP}))
    assert set(owners) == {"alice@shop.example", "@shop.example"}


def test_two_accounts_may_share_a_sender() -> None:
    both = Customer(
        name="Shop",
        domains=(SHOP,),
        accounts=(account("b", "x@shop.example"), account("a", "x@shop.example")),
    )
    assert sender_owners([both], ALL) == {"x@shop.example": ("a", "b")}


def test_a_sender_is_found_under_both_spellings_of_its_domain() -> None:
    domain = Fqdn.parse("中文.example")
    customer = Customer(name="x", domains=(domain,), accounts=(account("a", "a@中文.example"),))
    owners = sender_owners([customer], frozenset({domain}))
    assert owners == {"a@xn--fiq228c.example": ("a",), "a@中文.example": ("a",)}


def test_maps_hold_what_was_decided_and_strangers_cannot_read_them() -> None:
    component = configured()
    rows = [line for line in text(component, "senders").splitlines() if not line.startswith("#")]
    assert "alice@shop.example admin@shop.example,alice" in rows
    assert "@smtp.relay.example ops@relay.example" in text(component, "operator").splitlines()
    sources = [f for f in component.files if f.path.endswith(("/senders", "/operator"))]
    assert {(f.mode, f.owner, f.group) for f in sources} == {(0o640, "root", "postfix")}
    assert {(f.mode, f.owner, f.group) for f in component.built} == {(0o640, "root", "postfix")}


def test_a_sender_that_the_map_would_take_for_a_comment_is_refused() -> None:
    with pytest.raises(InputError, match="begins with #"):
        Sender.parse("#a@shop.example")


def test_two_spellings_of_a_sender_are_one_key_and_both_logins_own_it() -> None:
    both = Customer(
        name="Shop",
        domains=(SHOP,),
        accounts=(account("a", "Info@shop.example"), account("b", "info@shop.example")),
    )
    assert sender_owners([both], ALL) == {"info@shop.example": ("a", "b")}


def test_a_line_break_in_a_value_cannot_become_a_setting() -> None:
    evil = replace(relay(), name=Fqdn("smtp.example\nmynetworks = 0.0.0.0/0."))
    with pytest.raises(InputError, match="control character"):
        configured(evil)


def test_mail_leaves_from_the_addresses_that_spf_names() -> None:
    found = settings(configured())
    assert found["smtp_bind_address"] == "192.0.2.25"
    assert found["smtp_bind_address6"] == "2001:db8::25"
    assert services(configured())["smtp"] == {}


@pytest.mark.parametrize(
    ("absent", "parameter", "family"),
    [("ipv4", "smtp_bind_address", "ipv6"), ("ipv6", "smtp_bind_address6", "ipv4")],
)
def test_an_address_family_that_spf_does_not_name_carries_no_mail(
    absent: str, parameter: str, family: str
) -> None:
    component = configured(relay(**{absent: None}))
    assert parameter not in settings(component)
    assert services(component)["smtp"] == {"inet_protocols": family}


def test_nothing_needs_more_than_a_reload() -> None:
    """A change of inet_interfaces or inet_protocols would cut every session (postconf(5))."""
    for of in (relay(), relay(ipv4=None), relay(ipv6=None)):
        assert not {"inet_interfaces", "inet_protocols"} & set(settings(configured(of)))


def test_the_inventory_limits_the_size() -> None:
    component = configured(relay(environment=environment(message_size_limit=10_000_000)))
    assert settings(component)["message_size_limit"] == "10000000"


def test_programs_of_the_host_cannot_send_as_a_customer() -> None:
    found = settings(configured())
    assert found["authorized_submit_users"] == "root"
    assert found["local_login_sender_maps"] == "static:{<> root @smtp.relay.example}"


def test_every_setting_has_its_reason() -> None:
    """House style: a group of settings is opened by a comment."""
    for group in re.split(r"\n(?=#)", text(configured(), "main.cf")):
        assert group.startswith("#")
        assert len(re.findall(r"^\w+ =", group, re.MULTILINE)) <= 5, group


def test_maps_are_named_in_full() -> None:
    """$config_directory is empty for a process that starts right after a change of main.cf."""
    found = settings(configured())
    assert found["smtpd_sender_login_maps"] == "lmdb:/etc/postfix/senders"
    assert found["virtual_alias_maps"] == "lmdb:/etc/postfix/operator"
    assert [f.path for f in configured().built] == [
        "/etc/postfix/senders.lmdb",
        "/etc/postfix/operator.lmdb",
    ]


@pytest.mark.parametrize(
    ("release", "unit"), [("12", "postfix@-.service"), ("13", "postfix.service")]
)
def test_a_dead_postfix_is_started_by_the_unit_that_runs_it(release: str, unit: str) -> None:
    reload = configured(release=release).reload
    assert f"systemctl stop postfix.service {unit}\n" in reload
    assert f"systemctl start postfix.service {unit}\n" in reload


@pytest.mark.parametrize(
    ("release", "unit"), [("12", "postfix@-.service"), ("13", "postfix.service")]
)
def test_the_unit_that_runs_postfix_is_the_one_that_is_confined(release: str, unit: str) -> None:
    restarting = [file for file in configured(release=release).files if file.restarts]
    assert [file.path for file in restarting] == [f"/etc/systemd/system/{unit}.d/omi.conf"]
    assert b"\nNoNewPrivileges=yes\n" in restarting[0].content


def test_health_asks_every_door_and_whether_strangers_are_refused() -> None:
    health = configured().health
    for question in ("refuses_strangers 25 &", "greets 587 &", "greets_inside_tls 465 &"):
        assert question in health
    assert "expect 554" in health


def test_a_line_that_a_map_cannot_hold_is_no_warning_but_a_refusal() -> None:
    assert configured().build.count("silently postmap") == 3


def test_a_large_receiver_gets_no_more_connections_than_all_of_its_domains_may_have() -> None:
    slow = Receiver(name="slow.example", domains=("slow.example",), connections=3, rate=30)
    component = configured(relay(environment=environment(shaping=(slow,))))
    [line] = [each for each in text(component, "master.cf").splitlines() if "to-slow" in each][:1]
    assert re.fullmatch(r"to-slow\.example unix +- +- +n +- +3 +smtp", line)
    found = settings(component)
    assert found["to-slow.example_destination_concurrency_limit"] == "3"
    assert found["to-slow.example_initial_destination_concurrency"] == "1"
    assert found["to-slow.example_transport_rate_delay"] == "2s"
    assert r"/@(slow\.example)$/ to-slow.example:" in text(component, "receivers").splitlines()


def test_a_receiver_that_is_paused_is_looked_up_before_it_and_its_mail_is_taken_all_the_same() -> (
    None
):
    slow = Receiver(name="slow.example", domains=("slow.example",), connections=3)
    component = configured(relay(environment=environment(shaping=(slow,))))
    found = settings(component)
    assert found["transport_maps"].split(", ", 2) == [
        "pipemap:{regexp:/etc/postfix/receiver_keys",
        "lmdb:/var/lib/omi-shaping/pauses}",
        "regexp:/etc/postfix/receivers, lmdb:/var/lib/omi-shaping/pauses",
    ]
    assert r"/@(slow\.example)$/ =slow.example" in text(component, "receiver_keys").splitlines()
    # Otherwise smtpd(8) says 450 to the customer while retry(8) is where his mail would go.
    assert found["smtpd_reject_unlisted_recipient"] == "no"


def test_the_program_that_pauses_is_told_what_the_inventory_says() -> None:
    slow = Receiver(
        name="slow.example", domains=("slow.example",), connections=3, mx=("*.slow.example",),
        pause_after=4, pause=10, longest_pause=30,
    )  # fmt: skip
    plan = WarmUp(since=date(2026, 11, 20), mails_per_day=(200, 500))
    component = configured(relay(environment=environment(shaping=(slow,)), warm_up=plan))
    rules = read_rules(text(component, "receivers.json"))
    [rule] = rules.receivers
    assert (rule.identifier, rule.mx) == ("postfix/to-slow.example/smtp", ("*.slow.example",))
    assert (rule.after, rule.first, rule.longest) == (4, 600, 1800)
    assert [rules.share(date(2026, 11, day)) for day in (19, 20, 21, 22)] == [None, 200, 500, None]
    assert rules.zone == "Asia/Taipei"


@pytest.mark.parametrize(("days_ago", "delay"), [(0, "1s"), (1, "1s"), (2, None)])
def test_while_a_plan_lasts_a_receiver_without_a_rate_gets_a_mail_a_second(
    days_ago: int, delay: str | None
) -> None:
    free = Receiver(name="free.example", domains=("free.example",), connections=3)
    slow = Receiver(name="slow.example", domains=("slow.example",), connections=3, rate=6)
    since = datetime.now(ZoneInfo("Asia/Taipei")).date() - timedelta(days=days_ago)
    of = relay(
        environment=environment(shaping=(free, slow)),
        warm_up=WarmUp(since=since, mails_per_day=(200, 500)),
    )
    found = settings(configured(of))
    assert found.get("to-free.example_transport_rate_delay") == delay
    assert found["to-slow.example_transport_rate_delay"] == "10s"


def test_what_is_scheduled_is_held_and_no_recipient_sees_when() -> None:
    component = configured()
    main = text(component, "main.cf")
    assert "regexp:/etc/postfix/scheduled\n" in main.partition("milter_header_checks = ")[2]
    assert "smtp_header_checks = regexp:/etc/postfix/sent_header_checks\n" in main
    assert "/^X-Omi-Schedule: launch=/ HOLD" in text(component, "scheduled")
    assert "/^X-Omi-Schedule:/ IGNORE" in text(component, "sent_header_checks")
