"""Which next hop a mail is bound to, and that nobody but the relay can say so, or who sent it."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from omi_core.message.fields import Field
from omi_core.milter.accounts import Accounts, read_accounts, written_accounts
from omi_core.milter.control import ControlRules
from omi_core.milter.hops.form import read_hops, written_hops
from omi_core.milter.hops.hop import MX_HOSTS, MailHop, MailHops, bound
from omi_core.milter.mail import Changes, Draft, Envelope, SubmittedMail
from omi_core.milter.policy import RelayPolicy, judged

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ENGINE = MailHop(transport="hop-engine-25", keeps_control=True, account_header="X-Omi-Account")
SMART = MailHop(transport="hop-smart-587")
KNOWN = {hop.transport: hop for hop in (ENGINE, SMART)}
HOST = "smtp.relay.example"
SENDERS = {"bob": ("bob@news.example",), "eve": ("eve@news.example",)}
FORGED = ("X-Omi-Account", "x-omi-account", "X-OMI-ACCOUNT", "X-Omi-Next-Hop", "x-omi-NEXT-hop")


def policy(own: MailHop = MX_HOSTS) -> RelayPolicy:
    control = ControlRules(zone=ZoneInfo("Asia/Taipei"))
    return RelayPolicy(host=HOST, control=control, hops=MailHops(own=own, known=KNOWN))


def mail(*more: str, login: str = "bob", sender: str | None = None) -> SubmittedMail:
    author = f"{login}@news.example" if login else f"MAILER-DAEMON@{HOST}"
    lines = [f"From: {author}", "Date: x", "Message-ID: <1@x>", *more]
    fields = [line.partition(":") for line in lines]
    return SubmittedMail(
        envelope=Envelope(login=login, sender=author if sender is None else sender),
        fields=tuple(Field(name=name, value=value.encode()) for name, _, value in fields),
        body=b"x\r\n",
    )


def added(made: Changes) -> list[tuple[str, str]]:
    return [(each.name, each.value.decode().strip()) for each in made.added]


def removed(made: Changes) -> list[str]:
    return [each.name for each in made.fields if each.value is None]


def test_mail_for_the_engine_is_bound_to_it_and_says_whose_it_is() -> None:
    made = judged(mail(), Accounts(senders=SENDERS), policy(ENGINE), NOW)
    assert added(made) == [("X-Omi-Next-Hop", "hop-engine-25"), ("X-Omi-Account", "bob")]


def test_mail_for_the_recipients_mx_hosts_gets_no_header() -> None:
    assert judged(mail(), Accounts(senders=SENDERS), policy(), NOW) == Changes()


@pytest.mark.parametrize("own", [MX_HOSTS, ENGINE, SMART])
@pytest.mark.parametrize("login", ["bob", ""])
def test_what_comes_under_the_names_of_the_relays_own_headers_is_removed(
    own: MailHop, login: str
) -> None:
    forged = mail(*(f"{name}: eve" for name in FORGED), "X-Other: kept", login=login)
    made = judged(forged, Accounts(senders=SENDERS), policy(own), NOW)
    assert sorted(removed(made)) == sorted(FORGED)
    assert ("X-Omi-Account", "eve") not in added(made)


def test_a_notice_that_cannot_be_made_right_loses_forged_headers_as_well() -> None:
    notice = mail("X-Omi-Account: eve", "X-Omi-Next-Hop: hop-smart-587", "Subject: a",
                  "Subject: b", login="")  # fmt: skip
    made = judged(notice, Accounts(), policy(ENGINE), NOW)
    assert removed(made) == ["X-Omi-Next-Hop", "X-Omi-Account"]
    assert added(made) == [("X-Omi-Next-Hop", "hop-engine-25")]


def test_a_notice_of_the_host_goes_where_the_relays_own_mail_goes_and_has_no_account() -> None:
    made = judged(mail(login="", sender=""), Accounts(), policy(ENGINE), NOW)
    assert added(made) == [("X-Omi-Next-Hop", "hop-engine-25")]


@pytest.mark.parametrize("sender", [None, ""])
def test_the_next_hop_is_the_accounts_whatever_the_envelope_sender(sender: str | None) -> None:
    accounts = Accounts(senders=SENDERS, hops={"bob": "hop-smart-587"})
    made = judged(mail(sender=sender), accounts, policy(ENGINE), NOW)
    assert added(made) == [("X-Omi-Next-Hop", "hop-smart-587")]
    made = judged(mail(login="eve", sender=sender), accounts, policy(ENGINE), NOW)
    assert added(made)[0] == ("X-Omi-Next-Hop", "hop-engine-25")


@pytest.mark.parametrize(
    ("own", "hops", "kept"),
    [
        (MX_HOSTS, {}, []),
        (SMART, {}, []),
        (ENGINE, {}, ["64"]),
        (ENGINE, {"bob": ""}, []),
        (ENGINE, {"bob": "hop-smart-587"}, []),
        (MX_HOSTS, {"bob": "hop-engine-25"}, ["64"]),
    ],
)
def test_control_headers_stay_where_the_accounts_mail_really_goes_to_the_engine(
    own: MailHop, hops: dict[str, str], kept: list[str]
) -> None:
    made = judged(mail("X-LinkOption: 64"), Accounts(senders=SENDERS, hops=hops), policy(own), NOW)
    assert removed(made) == ["X-LinkOption"]
    assert [value for name, value in added(made) if name == "X-LinkOption"] == kept


def test_mail_for_a_next_hop_that_is_not_known_yet_is_not_judged() -> None:
    with pytest.raises(LookupError):
        judged(mail(), Accounts(senders=SENDERS, hops={"bob": "hop-new-25"}), policy(), NOW)


def test_next_hops_travel_to_the_relay() -> None:
    hops = MailHops(own=ENGINE, known=KNOWN)
    assert read_hops(json.loads(json.dumps(written_hops(hops)))) == hops
    assert read_hops(written_hops(MailHops())) == MailHops()


@pytest.mark.parametrize(
    "said",
    [
        *(None, [], {}, {"own": "", "known": []}, {"own": "x", "known": {}}),
        {"own": "", "known": {"x": 1}},
    ],
)
def test_broken_next_hops_are_not_read_as_none(said: object) -> None:
    with pytest.raises(ValueError, match="next hop"):
        read_hops(said)


def test_the_next_hop_of_an_account_travels_with_it() -> None:
    owners = {"@news.example": ("bob", "eve", "kim")}
    document = written_accounts(owners, {}, {"bob": "hop-engine-25", "eve": ""})
    found = read_accounts(document)
    assert [found.transport(each) for each in ("BOB", "eve", "kim")] == ["hop-engine-25", "", None]


def test_a_header_of_nothing_but_forged_fields_loses_them_all() -> None:
    """As a program of the host itself may hand one over."""
    forged = tuple(Field(name=name, value=b" eve") for name in FORGED)
    made = bound(Draft.of(forged), SMART, MailHops(known=KNOWN), "bob")
    assert [(each.name, each.value) for each in made] == [("X-Omi-Next-Hop", b" hop-smart-587")]
