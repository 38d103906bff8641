import asyncio
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from omi_core.names import Address, Fqdn
from omi_core.probe.matrix import verify
from omi_core.probe.probe import Contexts, Expectation, Mailbox, Probe
from omi_core.probe.report import Report
from omi_core.secret import Secret
from omi_core.smtp.credentials import Credentials
from omi_core.smtp.limits import Limits
from omi_core.smtp.listeners import Access, Security
from tests.unit.probe.fake_certificates import Authority
from tests.unit.probe.fake_smtp import LOGIN, NAME, PASSWORD, SENDER, Behaviour, FakeSmtp, Port

Verify = Callable[..., Report]
LIMITS = Limits(connect_s=0.5, reply_s=0.6, session_s=2.5)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def contexts(authority: Authority) -> Contexts:
    return Contexts.make(authority.file)


@pytest.fixture(scope="session")
def right(authority: Authority) -> Any:
    """The certificate of a server that is right."""
    return authority.context((NAME,))


@pytest.fixture
def look(contexts: Contexts, right: Any, tmp_path: Path) -> Verify:
    """Run the whole matrix against a server in this process whose listeners do as they are told.

    `listeners` maps a mode (`none`, `starttls`, `tls`) to its Behaviour.
    """

    def run(
        *,
        context: Any = None,
        expectation: Expectation | None = None,
        password: str = PASSWORD,
        smuggling: bool = False,
        limits: Limits = LIMITS,
        server: list[FakeSmtp] | None = None,
        account: bool = True,
        to: str | None = "bob@inbox.example",
        **listeners: Behaviour,
    ) -> Report:
        maildir = tmp_path / "mail"
        ports = [
            Port(mode=mode, behaviour=spoken(behaviour, mode), context=context or right)
            for mode, behaviour in listeners.items()
        ]
        credentials = Credentials.parse(LOGIN, Secret(password))
        probe = Probe(
            limits=limits,
            contexts=contexts,
            expectation=expectation or Expectation(plaintext_auth=True),
            credentials=credentials if account else None,
            sender=Address.parse(SENDER),
            recipient=Address.parse(to) if to else None,
            mailbox=Mailbox(maildir=maildir, wait_s=0.4),
            smuggling_to=Address.parse("me@inbox.example") if smuggling else None,
            smuggling_wait_s=0.2,
        )
        return asyncio.run(looked_at(ports, probe, maildir, server))

    return run


def spoken(behaviour: Behaviour, mode: str) -> Behaviour:
    """What a listener without TLS offers: AUTH there, if it has any within TLS."""
    if mode == "none" and not behaviour.auth_before and behaviour.auth_inside:
        return replace(behaviour, auth_before="PLAIN LOGIN")
    return behaviour


async def looked_at(
    ports: list[Port], probe: Probe, maildir: Path, server: list[FakeSmtp] | None
) -> Report:
    async with FakeSmtp(ports, maildir) as fake:
        if server is not None:
            server.append(fake)
        return await verify(
            [Fqdn.parse(NAME)],
            probe,
            addresses={Fqdn.parse(NAME): (ip_address("127.0.0.1"),)},
            accesses=[Access(port=port.number, security=Security(port.mode)) for port in ports],
        )


def problems(report: Report) -> list[tuple[str, str, str]]:
    """Return what is not fine: mode of the cell, check, and finding (or `unknown`)."""
    found = []
    for cell in report.cells:
        for result in cell.results:
            verdict = result.verdict
            if verdict.finding is not None or verdict.status.value == "unknown":
                name = verdict.finding.id if verdict.finding else "unknown"
                found.append((cell.cell.access.security.value, result.check.id, name))
    return found
