"""For any password: what the run writes down holds nothing of it.

The oracle is written apart from the code: it looks for the password, its encodings and every six
of its characters in a row, in whatever a run with that password gives out and a run with another
password does not.
"""

import asyncio
import base64
import json
import logging
import urllib.parse
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from omi_core.cli.smtp.table import printed
from omi_core.errors import InputError
from omi_core.language import EN, ZH_TW
from omi_core.names import Address, Fqdn
from omi_core.probe.cell import Cell
from omi_core.probe.conversations.conversation import converse
from omi_core.probe.conversations.scripts import sending
from omi_core.probe.matrix import verify
from omi_core.probe.probe import Contexts, Expectation, Probe
from omi_core.reports import forms, writer
from omi_core.secret import Secret
from omi_core.smtp.credentials import Credentials, Mechanism
from omi_core.smtp.limits import Limits
from omi_core.smtp.listeners import Access, Security
from omi_core.smtp.redaction import Redactor
from omi_core.smtp.trial_mail import trial_mail
from tests.unit.probe.fake_certificates import Authority
from tests.unit.probe.fake_smtp import LOGIN, NAME, SENDER, Behaviour, FakeSmtp, Port

PASSWORDS = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=4, max_size=40
)
ECHOES = {
    "as it is": lambda password: password.replace("\n", " ").replace("\r", " "),
    "base64": lambda password: base64.b64encode(password.encode()).decode(),
    "base64 of PLAIN": lambda password: base64.b64encode(
        f"\0{LOGIN}\0{password}".encode()
    ).decode(),
    "URL-encoded": lambda password: urllib.parse.quote(password, safe=""),
    "hexadecimal": lambda password: password.encode().hex(),
    "upper case": lambda password: password.replace("\n", "").replace("\r", "").upper(),
    "in a sentence": lambda password: f"no such <{urllib.parse.quote_plus(password)}>, go away",
}
OTHER = "an0ther-passw0rd-altogether"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def contexts(authority: Authority) -> Contexts:
    return Contexts.make(authority.file)


@pytest.fixture(scope="module")
def right(authority: Authority) -> Any:
    return authority.context((NAME,))


def traces(password: str) -> Iterator[str]:
    """Everything that must not be seen, in the forms that a reader could turn back."""
    pieces = [password] + [password[i : i + 6] for i in range(len(password) - 5)]
    for piece in pieces:
        octets = piece.encode()
        yield piece
        yield urllib.parse.quote(octets, safe="")
        yield octets.hex()
        yield json.dumps(piece)[1:-1]
    octets = password.encode()
    yield base64.b64encode(octets).decode()
    for login in (b"\0" + LOGIN.encode() + b"\0", b""):
        yield base64.b64encode(login + octets).decode()


def outputs(password: str, behaviour: Behaviour, contexts: Contexts, right: Any) -> str:
    """Return all that a run writes in any form."""
    credentials = Credentials.parse(LOGIN, Secret(password))
    probe = Probe(
        limits=Limits(connect_s=1, reply_s=1, session_s=3),
        contexts=contexts,
        expectation=Expectation(plaintext_auth=True),
        credentials=credentials,
        sender=Address.parse(SENDER),
    )
    name = Fqdn.parse(NAME)
    port = Port(mode="tls", behaviour=behaviour, context=right)

    async def run() -> list[Any]:
        async with FakeSmtp([port]) as _:
            access = Access(port=port.number, security=Security.TLS)
            report = await verify(
                [name],
                probe,
                addresses={name: (ip_address("127.0.0.1"),)},
                accesses=[access],
            )
            cell = Cell(name=name, address=ip_address("127.0.0.1"), access=access)
            mail = trial_mail(NAME, Address.parse(SENDER), Address.parse("bob@inbox.example"))
            crammed = await converse(
                "send", cell, probe, sending(credentials, Mechanism.CRAM_MD5, mail)
            )
            return [report, crammed]

    report, crammed = asyncio.run(run())
    return "\n".join(
        (
            json.dumps(report.to_json(), ensure_ascii=False),
            json.dumps(report.to_json()),
            printed(report, EN, with_transcripts=True),
            printed(report, ZH_TW),
            *(writer(form)(report, ZH_TW) for form in forms()),
            "\n".join(map(str, crammed.entries)),
            repr(crammed),
            repr(report),
            repr(probe),
        )
    )


def assert_nothing_of(password: str, written: str, elsewhere: str) -> None:
    for trace in traces(password):
        assert trace not in written or trace in elsewhere, f"{trace!r} of the password is seen"


@pytest.fixture(scope="module")
def elsewhere(contexts: Contexts, right: Any) -> str:
    """What a run writes that cannot know the password."""
    runs = [
        outputs(OTHER, Behaviour(password="x" * 40, echo=lambda _: "no"), contexts, right),
        outputs(OTHER, Behaviour(password=OTHER), contexts, right),
    ]
    return "\n".join(runs)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(password=PASSWORDS)
@example(password="Tr0mbone&Å 100%")
@example(password="\"<>&'\\\t;`$(x)")
@example(password="密碼密碼密碼密碼")
@example(password="\r\n.\r\nQUIT")
def test_no_output_holds_the_password_whatever_the_server_repeats(
    password: str, contexts: Contexts, right: Any, elsewhere: str
) -> None:
    def every_way(sent: str) -> str:
        return " ".join(echo(sent) for echo in ECHOES.values())

    behaviour = Behaviour(password="never this one, of all", echo=every_way)

    written = outputs(password, behaviour, contexts, right)

    assert_nothing_of(password, written, elsewhere)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(password=PASSWORDS)
def test_no_output_holds_the_password_when_all_is_well(
    password: str, contexts: Contexts, right: Any, elsewhere: str, caplog: Any
) -> None:
    with caplog.at_level(logging.DEBUG):
        written = outputs(password, Behaviour(password=password), contexts, right)

    assert_nothing_of(password, written + caplog.text, elsewhere)


@settings(max_examples=300, deadline=None)
@given(password=PASSWORDS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_every_piece_is_found_wherever_it_stands(password: str, before: str, after: str) -> None:
    redactor = Redactor([Secret(password)])
    for echo in ECHOES.values():
        shown = redactor.text(f"{before}{echo(password)}{after}")
        for piece in (password, *(password[i : i + 6] for i in range(len(password) - 5))):
            assert piece not in shown or piece in before + "*MASKED*" + after


@given(text=st.text(max_size=200))
def test_without_secrets_nothing_is_changed(text: str) -> None:
    assert Redactor().text(text) == text


@given(password=st.text(max_size=3))
def test_a_password_too_short_to_be_hidden_is_refused(password: str) -> None:
    with pytest.raises(InputError) as refused:
        Credentials.parse(LOGIN, Secret(password))

    assert len(password) == 0 or "password" in str(refused.value)


def test_a_secret_in_a_file_of_the_report_is_masked_too(
    tmp_path: Path, contexts: Contexts, right: Any
) -> None:
    behaviour = Behaviour(password="never", echo=lambda password: password)
    (tmp_path / "report.html").write_text(outputs("S3cret-S3cret", behaviour, contexts, right))

    assert "S3cret" not in (tmp_path / "report.html").read_text()
