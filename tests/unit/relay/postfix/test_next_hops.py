"""Next hops as Postfix will read them: their own service, TLS, login, and nothing that leaks."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omi_core.engine.difference import unified
from omi_core.errors import InputError
from omi_core.inventory.model import Relay
from omi_core.inventory.next_hops.hop import Direct, Engine, Smarthost
from omi_core.inventory.next_hops.parse import parse_engine, parse_smarthost
from omi_core.relay.postfix import component as postfix
from omi_core.relay.postfix import next_hops
from omi_core.secret import Secret
from tests.unit.relay.postfix.test_component import ALL, environment, relay, services, settings

WHERE = "inventories/prod.py:15"
MARKER = "xyzzy-marker: with #spaces"


def engine(**changes: Any) -> Engine:
    return parse_engine(WHERE, "engine.example", **changes)


def smarthost(**changes: Any) -> Smarthost:
    login = {"username": "relay", "password_file": "password"}
    return parse_smarthost(WHERE, "mail.example", **{**login, **changes})


def to(*hops: Engine | Smarthost, **changes: Any) -> Relay:
    named = tuple((f"n{number}", hop) for number, hop in enumerate(hops))
    return relay(environment=environment(next_hops=named), **changes)


def made(of: Relay) -> Any:
    secrets = {hop.transport: Secret(MARKER) for _, hop in of.environment.next_hops}  # type: ignore[union-attr]
    return postfix.configured(of, ALL, "13", secrets)


def file(of: Relay, name: str) -> Any:
    return next(each for each in made(of).files if each.path == f"/etc/postfix/{name}")


def routes(of: Relay) -> Callable[[str], str]:
    """The table as regexp_table(5) says: the first pattern that matches, in any case."""
    text = re.sub(r"\n[ \t]+", " ", file(of, "next_hops").content.decode())
    rows = [re.fullmatch(r"/(.*)/ (.*)", line) for line in text.splitlines() if line[:1] == "/"]

    def action(header: str) -> str:
        return next(
            (row[2] for row in rows if row and re.search(row[1], header, re.IGNORECASE)), ""
        )

    return action


def test_a_marked_mail_goes_to_its_next_hop_without_a_look_at_mx_records() -> None:
    look = routes(to(engine(), smarthost()))
    assert look("X-Omi-Next-Hop: hop-engine.example-25") == (
        "FILTER hop-engine.example-25:[engine.example]:25"
    )
    assert look("X-Omi-Next-Hop: hop-mail.example-587") == (
        "FILTER hop-mail.example-587:[mail.example]:587"
    )
    assert look("DKIM-Signature: X-Omi-Next-Hop: hop-engine.example-25") == ""


@pytest.mark.parametrize("mark", ["hop-engineXexample-25", "hop-engine.example-2", "x", ""])
@pytest.mark.parametrize("hops", [(), (engine(),)])
def test_a_mark_that_is_not_known_puts_the_mail_off(mark: str, hops: tuple[Engine, ...]) -> None:
    assert routes(to(*hops))(f"X-Omi-Next-Hop: {mark}").startswith("REJECT 4.")


def test_each_next_hop_has_a_service_of_its_own_and_every_service_takes_the_mark_off() -> None:
    component = made(to(engine(), smarthost()))
    found = services(component)
    assert {"hop-engine.example-25", "hop-mail.example-587"} <= set(found)
    assert not [name for name, options in found.items() if "smtp_header_checks" in options]
    checks = settings(component)["smtp_header_checks"]
    assert checks == "regexp:/etc/postfix/sent_header_checks"
    assert b"/^X-Omi-Next-Hop:/ IGNORE\n" in file(to(engine()), "sent_header_checks").content


def test_the_relays_own_next_hop_is_no_setting_of_all_mail() -> None:
    """Mail goes where it was going when it was taken, whatever the inventory says later."""
    found = settings(made(relay(environment=environment(next_hop=engine()))))
    assert not {"relayhost", "default_transport", "content_filter"} & set(found)
    assert found["milter_header_checks"].startswith("regexp:/etc/postfix/next_hops,")


@pytest.mark.parametrize(
    ("hop", "options"),
    [
        (engine(tls="none"), {"smtp_tls_security_level": "none"}),
        (engine(), {"smtp_tls_security_level": "may"}),
        (engine(tls="encrypt"), {"smtp_tls_security_level": "encrypt"}),
        (
            engine(tls="verify"),
            {
                "smtp_tls_security_level": "secure",
                "smtp_tls_secure_cert_match": "engine.example",
                "smtp_tls_CAfile": "/etc/ssl/certs/ca-certificates.crt",
            },
        ),
        (
            engine(tls="verify", tls_name="newermail.com"),
            {"smtp_tls_secure_cert_match": "newermail.com"},
        ),
        (engine(port=465, tls="encrypt"), {"smtp_tls_wrappermode": "yes"}),
        (
            smarthost(),
            {
                "smtp_tls_security_level": "secure",
                "smtp_sasl_auth_enable": "yes",
                "smtp_sasl_password_maps": "texthash:/etc/postfix/next_hop_passwords",
            },
        ),
    ],
)
def test_tls_and_login_are_as_the_inventory_says(
    hop: Engine | Smarthost, options: dict[str, str]
) -> None:
    found = services(made(to(hop)))[hop.transport]
    assert {name: found.get(name) for name in options} == options
    assert ("smtp_sasl_auth_enable" in found) == isinstance(hop, Smarthost)


def test_a_next_hop_is_reached_from_the_addresses_that_the_relay_has() -> None:
    found = services(made(to(engine(), ipv6=None)))
    assert found["hop-engine.example-25"]["inet_protocols"] == "ipv4"


def test_a_password_is_roots_alone_and_in_no_diff() -> None:
    found = file(to(smarthost()), "next_hop_passwords")
    assert found.content.decode().splitlines()[-1] == f"[mail.example]:587 relay:{MARKER}"
    assert (found.mode, found.owner, found.secret) == (0o600, "root", True)
    assert MARKER not in "".join(unified(found, b"")) + repr(found) + repr(made(to(smarthost())))


def test_without_a_smarthost_that_wants_one_there_is_no_file_of_passwords() -> None:
    paths = [
        each.path for each in made(to(engine(), smarthost(username="", password_file=None))).files
    ]
    assert "/etc/postfix/next_hop_passwords" not in paths


def test_authorities_of_the_operators_own_travel_to_the_relay(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("certificate\n")
    hop = engine(tls="verify", ca_file=str(tmp_path / "ca.pem"))
    path = "/etc/postfix/hop-engine.example-25.pem"
    assert services(made(to(hop)))[hop.transport]["smtp_tls_CAfile"] == path
    assert file(to(hop), "hop-engine.example-25.pem").content == b"certificate\n"
    missing = replace(hop, ca_file=tmp_path / "gone.pem")
    with pytest.raises(InputError, match=r"gone\.pem cannot be read"):
        made(to(missing))


def test_what_waits_for_a_next_hop_is_tried_again_within_a_quarter_of_an_hour() -> None:
    assert settings(made(to(engine())))["maximal_backoff_time"] == "900s"
    direct = settings(made(relay(environment=environment(next_hop=Direct()))))
    assert "maximal_backoff_time" not in direct


def test_a_password_comes_from_the_first_line_of_a_file_or_of_what_a_command_prints(
    tmp_path: Path,
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{MARKER}\nuser: relay\n")
    file.chmod(0o600)
    assert next_hops.password(smarthost(password_file=str(file))).unmask() == MARKER
    prints = ("printf", "%s\\n%s\\n", MARKER, "user")
    found = smarthost(password_file=None, password_command=prints)
    assert next_hops.password(found).unmask() == MARKER


@pytest.mark.parametrize(
    "content", [b"", b"\n", b" x\n", b"x \n", b"a\tb\n", b"\xff" + MARKER.encode(), b"x" * 256]
)
def test_a_password_that_cannot_be_sent_is_refused_and_never_repeated(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "password").write_bytes(content)
    (tmp_path / "password").chmod(0o600)
    with pytest.raises(InputError) as refused:
        next_hops.password(smarthost(password_file=str(tmp_path / "password")))
    assert MARKER not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("sh", "-c", f"echo '{MARKER}'; echo '{MARKER}' >&2; exit 1"), "CalledProcessError"),
        (("/nowhere/pass", MARKER), "FileNotFoundError"),
    ],
)
def test_a_command_that_fails_is_named_by_its_host_and_repeats_nothing(
    command: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError) as refused:
        next_hops.password(smarthost(password_file=None, password_command=command))
    assert f"password_command of mail.example fails: {said}" in str(refused.value)
    assert MARKER not in str(refused.value)


def test_a_password_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(MARKER)
    file.chmod(0o640)
    with pytest.raises(InputError, match="can be read by others") as refused:
        next_hops.password(smarthost(password_file=str(file)))
    assert MARKER not in str(refused.value)


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "gone"
    with pytest.raises(InputError, match=os.strerror(2)):
        next_hops.password(smarthost(password_file=str(missing)))
