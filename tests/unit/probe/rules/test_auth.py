"""What is judged of logging in, and of who may send, from what a server said."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from omi_core.findings.verdict import Status, Verdict
from omi_core.names import Fqdn
from omi_core.probe.cell import Cell
from omi_core.probe.context import CheckContext, ProbeInputs
from omi_core.probe.observation import CellSeen, Conversation, Purpose, Step
from omi_core.probe.probe import Expectation
from omi_core.probe.rules import auth
from omi_core.smtp.channel import TlsSeen
from omi_core.smtp.fault import Fault, FaultKind, Stage
from omi_core.smtp.listeners import Access, Security
from omi_core.smtp.reply import Reply
from omi_core.text import Text

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TLS = TlsSeen(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", chain=())
BOTH = Reply(code=250, lines=("smtp.itpison.com", "AUTH PLAIN LOGIN"))
NEITHER = Reply(code=250, lines=("smtp.itpison.com", "SIZE 1000"))
OK, REFUSED = Reply(code=235, lines=("2.7.0 ok",)), Reply(code=535, lines=("5.7.8 no",))
LATER = Reply(code=454, lines=("4.7.0 later",))
SILENT = Fault(kind=FaultKind.SILENT, stage=Stage.AUTH, detail=Text.plain("5 s"))
DROPPED = replace(SILENT, kind=FaultKind.DROPPED, detail=Text.plain("closed"))
FORMS = ("plain", "percent", "bang", "quoted", "source-route", "null-sender", "own-domain")


def held(purpose: str, fault: Fault | None = None, **replies: Reply) -> Conversation:
    named = {name.replace("_", "-"): reply for name, reply in replies.items()}
    return Conversation(
        purpose=purpose, replies=named, fault=fault, tls=TLS, entries=(), seconds=0.1
    )


def seen(
    *others: Conversation,
    port: int = 465,
    security: Security = Security.TLS,
    offers: Reply = BOTH,
    before: Reply | None = None,
) -> CellSeen:
    cell = Cell(
        name=Fqdn.parse("smtp.itpison.com"),
        address=ip_address("192.0.2.1"),
        access=Access(port=port, security=security),
    )
    replies = {Step.EHLO: before or offers, Step.EHLO_INSIDE: offers}
    if security is Security.NONE:
        replies = {Step.EHLO: offers}
    look = replace(
        held(Purpose.LOOK), replies=replies, tls=None if security is Security.NONE else TLS
    )
    return CellSeen(cell=cell, conversations={each.purpose: each for each in (look, *others)})


def plain(*others: Conversation, offers: Reply = BOTH, port: int = 25) -> CellSeen:
    return seen(*others, port=port, security=Security.NONE, offers=offers)


def starttls(*others: Conversation, before: Reply = NEITHER, port: int = 587) -> CellSeen:
    return seen(*others, port=port, security=Security.STARTTLS, before=before)


UNUSABLE = replace(seen(), conversations={Purpose.LOOK: held(Purpose.LOOK, SILENT)})


def context(
    *,
    promised: bool | None = None,
    account: bool = True,
    sender: bool = True,
    plain_ports: tuple[int, ...] = (),
) -> CheckContext:
    return CheckContext(
        expectation=Expectation(plaintext_auth=promised),
        asked=ProbeInputs(account=account, sender=sender),
        now=NOW,
        plain_ports=frozenset(plain_ports),
    )


def said(verdict: Verdict) -> tuple[Status, str, str]:
    """How it ended, the finding's id, and what was observed or noted."""
    finding = verdict.finding
    return (
        verdict.status,
        finding.id if finding else "",
        finding.observed.en if finding else verdict.note.en,
    )


# --- Is AUTH offered where customers log in, and nowhere else?


def test_both_mechanisms_have_to_be_offered_where_customers_log_in() -> None:
    assert said(auth.auth_offered(seen(), context())) == (Status.PASSED, "", "LOGIN PLAIN")
    verdict = auth.auth_offered(
        seen(offers=Reply(code=250, lines=("smtp.itpison.com", "AUTH PLAIN"))), context()
    )
    assert said(verdict) == (Status.FAILED, "auth-missing", "250 smtp.itpison.com / AUTH PLAIN")
    finding = verdict.finding
    assert finding is not None
    assert finding.subject == "smtp.itpison.com 465 TLS IPv4 (192.0.2.1)"
    assert finding.text.en == "customers cannot log in: LOGIN is not offered"
    assert finding.remedy.en.startswith("switch AUTH on for port 465, with PLAIN and with LOGIN")
    [none] = [auth.auth_offered(seen(offers=NEITHER), context()).finding]
    assert none is not None
    assert none.text.en == "customers cannot log in: PLAIN, LOGIN is not offered"


def test_auth_in_the_clear_is_wanted_only_where_it_is_promised() -> None:
    not_said = "not stated whether AUTH without TLS is meant"
    assert auth.auth_offered(plain(), context()).note.en.startswith(not_said)
    refused = auth.auth_offered(plain(), context(promised=False))
    assert (refused.status, "not sent without TLS" in refused.note.en) == (Status.SKIPPED, True)
    assert auth.auth_offered(plain(), context(promised=True)).status is Status.PASSED
    assert auth.auth_offered(plain(offers=NEITHER), context(promised=True)).status is Status.FAILED
    assert "not reached" in auth.auth_offered(UNUSABLE, context()).note.en


def test_nobody_logs_in_before_tls_where_it_is_not_promised() -> None:
    early = held(Purpose.EARLY_AUTH, auth=Reply(code=530, lines=("5.7.0 TLS first",)))
    judged = auth.auth_only_inside(starttls(early), context())
    assert said(judged) == (Status.PASSED, "", "530 5.7.0 TLS first")
    offered = auth.auth_only_inside(starttls(early, before=BOTH), context())
    assert said(offered) == (
        Status.FAILED,
        "auth-before-tls",
        "250 smtp.itpison.com / AUTH PLAIN LOGIN",
    )
    assert offered.finding is not None
    assert offered.finding.subject.startswith("smtp.itpison.com 587 STARTTLS")
    assert "before TLS on port 587: passwords travel" in offered.finding.text.en


@pytest.mark.parametrize("code", [235, 334, 535])
def test_a_password_that_is_looked_at_before_tls_is_named(code: int) -> None:
    reply = Reply(code=code, lines=("x",))
    judged = auth.auth_only_inside(starttls(held(Purpose.EARLY_AUTH, auth=reply)), context())
    assert said(judged) == (Status.FAILED, "auth-accepted-before-tls", f"{code} x")
    assert judged.finding is not None
    assert judged.finding.subject == "smtp.itpison.com 587 STARTTLS IPv4 (192.0.2.1)"


def test_a_server_that_hangs_up_on_auth_refuses_it_and_one_that_is_silent_says_nothing() -> None:
    for fault, status in ((DROPPED, Status.PASSED), (SILENT, Status.UNKNOWN)):
        judged = auth.auth_only_inside(starttls(held(Purpose.EARLY_AUTH, fault)), context())
        assert judged.status is status
    assert judged.note.en == "silence: 5 s"
    assert auth.auth_only_inside(starttls(), context()).status is Status.UNKNOWN
    assert auth.auth_only_inside(starttls(held(Purpose.EARLY_AUTH)), context()).note.en == (
        "not checked"
    )


@pytest.mark.parametrize(
    ("cell", "promised", "note"),
    [
        (plain(), True, "AUTH without TLS is promised on port 25 (the guide, section 3.2)"),
        (plain(), None, "not stated whether AUTH without TLS is meant"),
        (plain(port=2525), True, "AUTH without TLS is promised on port 25"),
        (starttls(port=25), True, "AUTH without TLS is promised on port 25"),
        (starttls(port=25), None, "not stated whether AUTH without TLS is meant"),
    ],
)
def test_where_auth_in_the_clear_may_be_nothing_is_blamed(
    cell: CellSeen, note: str, *, promised: bool | None
) -> None:
    judged = auth.auth_only_inside(cell, context(promised=promised))
    assert judged.status is Status.SKIPPED
    assert judged.note.en.startswith(note)


def test_where_auth_in_the_clear_may_not_be_it_is_blamed() -> None:
    for cell in (plain(), starttls(port=25, before=BOTH)):
        judged = auth.auth_only_inside(cell, context(promised=False))
        assert said(judged)[:2] == (Status.FAILED, "auth-before-tls")


def test_a_port_that_is_looked_at_without_tls_too_is_judged_there() -> None:
    judged = auth.auth_only_inside(starttls(port=25), context(promised=False, plain_ports=(25,)))
    assert said(judged) == (Status.SKIPPED, "", "see 25 plain")
    other = auth.auth_only_inside(starttls(before=BOTH), context(plain_ports=(25,)))
    assert other.status is Status.FAILED
    on_plain = auth.auth_only_inside(plain(), context(promised=False, plain_ports=(25,)))
    assert on_plain.status is Status.FAILED


def test_inside_tls_there_is_nothing_before_it() -> None:
    assert said(auth.auth_only_inside(seen(), context())) == (Status.PASSED, "", "")
    unreached = replace(
        starttls(), conversations={Purpose.LOOK: held(Purpose.LOOK, SILENT, starttls=OK)}
    )
    assert "not reached" in auth.auth_only_inside(unreached, context()).note.en


# --- Does the password do what it is for?


def test_a_wrong_password_has_to_be_refused() -> None:
    for reply, status in ((REFUSED, Status.PASSED), (OK, Status.FAILED), (LATER, Status.UNKNOWN)):
        judged = auth.wrong_refused(seen(held(Purpose.WRONG, auth=reply)), context())
        assert judged.status is status
        assert said(judged)[2] == str(reply)
    found = auth.wrong_refused(seen(held(Purpose.WRONG, auth=OK)), context()).finding
    assert found is not None
    assert found.subject == "smtp.itpison.com 465 TLS IPv4 (192.0.2.1)"
    silent = auth.wrong_refused(seen(held(Purpose.WRONG, SILENT)), context())
    assert said(silent) == (Status.UNKNOWN, "", "silence: 5 s")
    assert said(auth.wrong_refused(seen(), context()))[0] is Status.SKIPPED
    assert "not reached" in auth.wrong_refused(seen(), context()).note.en


@pytest.mark.parametrize(
    ("judge", "purpose", "mechanism"),
    [
        (auth.plain_accepted, Purpose.VERIFIED, "PLAIN"),
        (auth.login_accepted, Purpose.LOGIN, "LOGIN"),
    ],
)
def test_the_account_logs_in_or_the_refusal_is_shown(
    judge: "auth.Callable[[CellSeen, CheckContext], Verdict]", purpose: Purpose, mechanism: str
) -> None:
    def judged(reply: Reply | None, fault: Fault | None = None) -> Verdict:
        replies = {"auth": reply} if reply else {}
        return judge(seen(held(purpose, fault, **replies)), context())

    assert said(judged(OK)) == (Status.PASSED, "", "235 2.7.0 ok")
    assert said(judged(LATER)) == (Status.UNKNOWN, "", "454 4.7.0 later")
    assert said(judged(REFUSED)) == (Status.FAILED, "password-refused", "535 5.7.8 no")
    finding = judged(REFUSED).finding
    assert finding is not None
    assert finding.text.en == f"the account cannot log in by AUTH {mechanism}"
    assert finding.subject == "smtp.itpison.com 465 TLS IPv4 (192.0.2.1)"
    assert said(judged(None, SILENT)) == (Status.UNKNOWN, "", "silence: 5 s")
    untrusted = replace(SILENT, kind=FaultKind.UNTRUSTED)
    assert "because the certificate is not accepted" in judged(None, untrusted).note.en
    assert judged(None, untrusted).status is Status.SKIPPED
    assert said(judged(None)) == (Status.UNKNOWN, "", "not checked")


@pytest.mark.parametrize("judge", [auth.plain_accepted, auth.login_accepted])
def test_without_what_it_needs_no_login_is_judged(
    judge: "auth.Callable[[CellSeen, CheckContext], Verdict]",
) -> None:
    both = (held(Purpose.VERIFIED, auth=REFUSED), held(Purpose.LOGIN, auth=REFUSED))
    no_account = judge(seen(*both), context(account=False))
    assert said(no_account) == (Status.SKIPPED, "", "no account was given (--account)")
    assert "not reached" in judge(seen(), context()).note.en
    assert "not reached" in judge(seen(*both, offers=NEITHER), context()).note.en
    assert "not reached" in judge(UNUSABLE, context()).note.en
    assert "not sent without TLS" in judge(plain(), context()).note.en


# --- Who may send?


def relaying(reply: Reply, *but: tuple[str, Reply | None], fault: Fault | None = None) -> Verdict:
    replies = dict.fromkeys(FORMS, reply) | dict(but)
    asked = {form: answer for form, answer in replies.items() if answer}
    conversation = replace(held(Purpose.RELAY, fault), replies=asked)
    return auth.relay_closed(seen(conversation), context())


DENIED = Reply(code=554, lines=("5.7.1 Relay access denied",))
GREYLISTED = Reply(code=450, lines=("4.2.0 greylisted",))


def test_a_stranger_who_is_refused_in_every_form_meets_a_closed_relay() -> None:
    assert said(relaying(DENIED)) == (Status.PASSED, "", "554 5.7.1 Relay access denied")


@pytest.mark.parametrize("code", [450, 454, 499])
@pytest.mark.parametrize(
    "words",
    ["4.7.1 Relay access denied", "4.7.1 RELAYING DENIED", "may not relay", "Access Denied"],
)
def test_a_refusal_of_relaying_is_one_although_its_code_says_later(code: int, words: str) -> None:
    """Postfix's own is `454 4.7.1 Relay access denied` where it is told to defer."""
    reply = Reply(code=code, lines=(words,))
    assert said(relaying(reply)) == (Status.PASSED, "", f"{code} {words}")


def test_a_server_that_only_puts_off_may_be_open() -> None:
    assert said(relaying(GREYLISTED)) == (Status.UNKNOWN, "", "450 4.2.0 greylisted")
    assert said(relaying(DENIED, ("quoted", GREYLISTED))) == (
        Status.UNKNOWN,
        "",
        "450 4.2.0 greylisted",
    )


@pytest.mark.parametrize("form", FORMS)
def test_one_form_that_is_taken_makes_an_open_relay(form: str) -> None:
    judged = relaying(DENIED, (form, Reply(code=250, lines=("2.1.5 Ok",))))
    assert said(judged) == (Status.FAILED, "open-relay", "250 2.1.5 Ok")
    assert judged.finding is not None
    assert f"({form})" in judged.finding.text.en
    assert judged.finding.subject == "smtp.itpison.com 465 TLS IPv4 (192.0.2.1)"


def test_every_form_that_is_taken_is_named_and_the_first_is_quoted() -> None:
    first, second = (Reply(code=250, lines=(word,)) for word in ("one", "two"))
    judged = relaying(GREYLISTED, ("percent", first), ("null-sender", second))
    assert judged.finding is not None
    assert "(percent, null-sender)" in judged.finding.text.en
    assert judged.finding.observed.en == "250 one"


def test_forms_that_were_not_asked_leave_it_open() -> None:
    judged = relaying(DENIED, ("own-domain", None), fault=SILENT)
    assert said(judged) == (Status.UNKNOWN, "", "silence: 5 s")
    assert "not reached" in auth.relay_closed(seen(), context()).note.en


def test_an_account_cannot_send_as_somebody_else() -> None:
    def judged(reply: Reply | None, fault: Fault | None = None) -> Verdict:
        replies = {"auth": OK, **({"foreign_sender": reply} if reply else {})}
        return auth.foreign_refused(seen(held(Purpose.VERIFIED, fault, **replies)), context())

    assert said(judged(Reply(code=553, lines=("no",)))) == (Status.PASSED, "", "553 no")
    taken = judged(Reply(code=250, lines=("ok",)))
    assert said(taken) == (Status.FAILED, "foreign-sender-accepted", "250 ok")
    assert taken.finding is not None
    assert taken.finding.subject == "smtp.itpison.com 465 TLS IPv4 (192.0.2.1)"
    assert said(judged(LATER)) == (Status.UNKNOWN, "", "454 4.7.0 later")
    assert said(judged(None, SILENT)) == (Status.UNKNOWN, "", "silence: 5 s")


def test_without_a_login_or_a_sender_nobody_elses_address_is_tried() -> None:
    refused, logged_in = (held(Purpose.VERIFIED, auth=reply) for reply in (REFUSED, OK))
    not_in = auth.foreign_refused(seen(refused), context())
    assert (not_in.status, "not reached" in not_in.note.en) == (Status.SKIPPED, True)
    unsaid = auth.foreign_refused(seen(logged_in), context(sender=False))
    assert said(unsaid) == (Status.SKIPPED, "", "no sender is known (--from)")
    in_the_clear = auth.foreign_refused(plain(logged_in), context())
    assert "not sent without TLS" in in_the_clear.note.en
    promised = plain(held(Purpose.VERIFIED, auth=OK, foreign_sender=REFUSED))
    assert auth.foreign_refused(promised, context(promised=True)).status is Status.PASSED
