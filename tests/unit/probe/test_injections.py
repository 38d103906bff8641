"""One thing is wrong in one cell: exactly that cell and that check say so, with a remedy."""

import ssl
import warnings
from dataclasses import replace
from typing import Any

import pytest

from omi_core.language import languages
from omi_core.probe.probe import Expectation
from tests.unit.probe.conftest import Verify, problems
from tests.unit.probe.fake_certificates import DAY, Authority, self_signed
from tests.unit.probe.fake_smtp import NAME, Behaviour

RIGHT = Behaviour()
STRICT = Expectation(plaintext_auth=False)


def changed(old: bytes, new: bytes) -> Any:
    return lambda octets: octets.replace(old, new)


def only(form: str) -> Any:
    return lambda sender, recipient: {
        "plain": recipient == "bob@inbox.example" and "@" in sender and "test" not in sender,
        "percent": "%" in recipient,
        "bang": "!" in recipient,
        "quoted": recipient.startswith('"'),
        "source-route": recipient.startswith("@"),
        "null-sender": not sender,
        "own-domain": sender.endswith("@test"),
    }[form]


# mode of the wrong cell, what is wrong with it, the check that says so, and the finding
TABLE: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "greets with 554": ("tls", {"banner": b"554 no\r\n"}, "banner", "banner-refused"),
    "greets with 421": ("none", {"banner": b"421 busy\r\n"}, "banner", "banner-refused"),
    "greets as IMAP": ("none", {"banner": b"* OK IMAP4\r\n"}, "banner", "banner-missing"),
    "refuses EHLO": ("tls", {"ehlo_answer": b"502 no\r\n"}, "ehlo", "ehlo-failed"),
    "hides STARTTLS": ("starttls", {"starttls": False}, "starttls-offered", "starttls-missing"),
    "refuses STARTTLS": (
        "starttls",
        {"starttls_answer": b"454 4.7.0 TLS not available\r\n"},
        "starttls-offered",
        "starttls-refused",
    ),
    "goes on in the clear": (
        "starttls",
        {"in_clear": b"250 hello\r\n"},
        "tls-handshake",
        "tls-in-the-clear",
    ),
    "obeys what came before TLS": (
        "starttls",
        {"obeys_injected": True},
        "starttls-injection",
        "starttls-injected",
    ),
    "offers no AUTH": ("tls", {"auth_inside": ""}, "auth-offered", "auth-missing"),
    "offers no LOGIN": ("tls", {"auth_inside": "PLAIN"}, "auth-offered", "auth-missing"),
    "offers AUTH before TLS": (
        "starttls",
        {"auth_before": "PLAIN LOGIN"},
        "auth-only-where-allowed",
        "auth-before-tls",
    ),
    "takes AUTH before TLS": (
        "starttls",
        {"early_auth": True},
        "auth-only-where-allowed",
        "auth-accepted-before-tls",
    ),
    "accepts any password": (
        "tls",
        {"any_password": True},
        "wrong-password-refused",
        "any-password-accepted",
    ),
    "refuses PLAIN": (
        "tls",
        {"refuses": ("PLAIN",)},
        "password-accepted-plain",
        "password-refused",
    ),
    "refuses LOGIN": (
        "tls",
        {"refuses": ("LOGIN",)},
        "password-accepted-login",
        "password-refused",
    ),
    **{
        f"open relay, {form}": ("none", {"open_to": only(form)}, "relay-closed", "open-relay")
        for form in (
            "plain",
            "percent",
            "bang",
            "quoted",
            "source-route",
            "null-sender",
            "own-domain",
        )
    },
    "accepts any sender": (
        "tls",
        {"any_sender": True},
        "foreign-sender-refused",
        "foreign-sender-accepted",
    ),
    "announces no limit": ("tls", {"ehlo": ("8BITMIME",)}, "size-limit", "size-not-announced"),
    "keeps no limit": ("tls", {"limit": None}, "size-limit", "size-not-kept"),
    "refuses the sender": (
        "tls",
        {"mail_reply": b"550 5.7.1 not verified\r\n"},
        "mail-accepted",
        "mail-refused",
    ),
    "greylists": (
        "tls",
        {"rcpt_reply": b"450 4.2.0 Greylisted\r\n"},
        "mail-accepted",
        "mail-deferred",
    ),
    "refuses the text": (
        "tls",
        {"final_reply": b"554 5.6.0 spam\r\n"},
        "mail-accepted",
        "mail-refused",
    ),
    "loses the mail": ("tls", {"on_mail": lambda _: None}, "mail-arrived", "mail-not-arrived"),
    "fails DKIM": (
        "tls",
        {"results": "Authentication-Results: mx; spf=pass; dkim=fail; dmarc=pass"},
        "mail-authenticated",
        "mail-not-authenticated",
    ),
    "has no results": ("tls", {"results": ""}, "mail-authenticated", "mail-without-results"),
    "rewrites the subject": (
        "tls",
        {"on_mail": changed(b"SMTP test", b"[ext] SMTP test")},
        "mail-intact",
        "mail-changed",
    ),
    "rewrites the text": (
        "tls",
        {"on_mail": changed(b"<b>Test", b"<b>Advert</b> <b>Test")},
        "mail-intact",
        "mail-changed",
    ),
}


def expected(mode: str, check: str, finding: str) -> list[tuple[str, str, str]]:
    return [(mode, check, finding)]


def test_a_right_server_has_nothing_against_it(look: Verify) -> None:
    report = look(none=RIGHT, starttls=RIGHT, tls=RIGHT, smuggling=True)

    assert problems(report) == []
    assert report.exit_code == 0


@pytest.mark.parametrize("case", TABLE)
def test_one_fault_fails_one_check_in_one_cell(case: str, look: Verify) -> None:
    mode, wrong, check, finding = TABLE[case]
    other = "tls" if mode != "tls" else "starttls"

    report = look(**{mode: replace(RIGHT, **wrong), other: RIGHT})

    assert problems(report) == expected(mode, check, finding)
    for one in report.findings:
        for language in languages():
            assert one.remedy.in_(language)


def test_plaintext_auth_that_nobody_promised_is_found_where_it_is(look: Verify) -> None:
    report = look(expectation=STRICT, none=RIGHT, tls=RIGHT)

    assert problems(report) == [("none", "auth-only-where-allowed", "auth-before-tls")]


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"]
)
def test_each_wrong_end_of_a_message_is_found(end: bytes, look: Verify) -> None:
    report = look(tls=replace(RIGHT, ends=(b"\r\n.\r\n", end)), starttls=RIGHT, smuggling=True)

    assert problems(report) == [("tls", "smuggling-closed", "smuggling-open")]


CERTIFICATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "another name": (
        {"names": ("other.test",)},
        "certificate-covers-name",
        "certificate-other-name",
    ),
    "only a wildcard": (
        {"names": ("*.test",)},
        "certificate-covers-name",
        "certificate-only-wildcard",
    ),
    "no name but the subject": (
        {"names": (), "common_name": NAME},
        "certificate-covers-name",
        "certificate-other-name",
    ),
    "expired": ({"begin": -30 * DAY, "end": -DAY}, "certificate-valid", "certificate-expired"),
    "not yet valid": ({"begin": DAY}, "certificate-valid", "certificate-not-yet-valid"),
    "ends soon": (
        {"begin": -80 * DAY, "end": 5 * DAY},
        "certificate-valid",
        "certificate-ends-soon",
    ),
    "TLS 1.0": ({"oldest": ssl.TLSVersion.TLSv1}, "tls-versions", "tls-version-old"),
    "TLS 1.1": ({"oldest": ssl.TLSVersion.TLSv1_1}, "tls-versions", "tls-version-old"),
    "no TLS 1.2": (
        {"oldest": ssl.TLSVersion.TLSv1_3},
        "tls-versions",
        "tls-version-1.2-missing",
    ),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_one_fault_of_a_certificate_fails_one_check(
    case: str, look: Verify, authority: Authority
) -> None:
    how, check, finding = CERTIFICATES[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = authority.context(**{"names": (NAME,), **how})

    report = look(context=context, tls=RIGHT)

    assert problems(report) == [("tls", check, finding)]


def test_a_self_signed_certificate_is_named_as_such(look: Verify, tmp_path: Any) -> None:
    report = look(context=self_signed(tmp_path, NAME), tls=RIGHT)

    assert problems(report) == [("tls", "certificate-chain", "certificate-self-signed")]


def test_a_certificate_of_an_unknown_authority_is_not_trusted(look: Verify, tmp_path: Any) -> None:
    stranger = Authority.make(tmp_path, "Stranger")

    report = look(context=stranger.context((NAME,)), tls=RIGHT)

    assert problems(report) == [("tls", "certificate-chain", "certificate-not-trusted")]


def test_a_server_that_serves_another_certificate_than_the_deployed_is_found(look: Verify) -> None:
    report = look(tls=RIGHT, expectation=Expectation(deployed_everywhere="0" * 64))

    assert problems(report) == [("tls", "certificate-deployed", "certificate-not-deployed")]


def test_another_size_limit_than_the_inventorys_is_found(look: Verify) -> None:
    report = look(tls=RIGHT, expectation=Expectation(message_size_limit=5))

    assert problems(report) == [("tls", "size-limit", "size-other")]


@pytest.mark.parametrize("context", ["name", "stranger"])
def test_no_password_goes_to_a_server_whose_certificate_is_not_accepted(
    context: str, look: Verify, authority: Authority, tmp_path: Any
) -> None:
    wrong = (
        authority.context(("other.test",))
        if context == "name"
        else Authority.make(tmp_path).context((NAME,))
    )
    server: list[Any] = []

    look(context=wrong, tls=RIGHT, starttls=RIGHT, server=server)

    assert RIGHT.password not in [password for password, _ in server[0].passwords]


def test_no_password_goes_in_the_clear_unless_it_is_promised(look: Verify) -> None:
    server: list[Any] = []

    look(expectation=Expectation(), none=RIGHT, starttls=RIGHT, server=server)

    assert (RIGHT.password, False) not in server[0].passwords
    assert (RIGHT.password, True) in server[0].passwords
