"""Old printers and programs know RSA alone: whether a server has a certificate for them is said.

What the certificates are is judged by OpenSSL's own client here, not by what the probe offers.
"""

import asyncio
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from omi_core.cli.smtp.table import printed
from omi_core.language import EN, ZH_TW
from omi_core.probe.report import Report
from omi_core.smtp.limits import Limits
from tests.unit.probe.conftest import Verify, problems
from tests.unit.probe.fake_certificates import RSA_KEY, Authority, Key
from tests.unit.probe.fake_smtp import NAME, Behaviour, FakeSmtp, Port

RIGHT = Behaviour()
NEWEST, MIDDLE = ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def serving(
    authority: Authority,
    directory: Path,
    *keys: Key,
    ciphers: str = "DEFAULT",
    oldest: ssl.TLSVersion = MIDDLE,
    newest: ssl.TLSVersion = NEWEST,
) -> ssl.SSLContext:
    """What a server listens with that has a certificate for each of these keys."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for number, key in enumerate(keys):
        file = directory / f"{number}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + authority.issue(key, (NAME,)).public_bytes(Encoding.PEM))
        context.load_cert_chain(file)
    context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = oldest, newest
    return context


def results(report: Report) -> dict[str, str]:
    return {
        each.cell.access.security.value: one.verdict.status.value
        for each in report.cells
        for one in each.results
        if one.check.id == "certificate-rsa"
    }


@pytest.mark.parametrize(
    ("keys", "ciphers", "is_served"),
    [
        ((EC_KEY,), "DEFAULT", False),
        ((RSA_KEY,), "DEFAULT", True),
        ((EC_KEY, RSA_KEY), "DEFAULT", True),
        ((RSA_KEY, EC_KEY), "DEFAULT", True),
        ((EC_KEY, RSA_KEY), "ECDHE-RSA-AES128-GCM-SHA256", True),
        ((EC_KEY, RSA_KEY), "aECDSA", False),  # there, but never used
    ],
    ids=["ECDSA", "RSA", "both", "both, RSA first", "one suite", "RSA switched off"],
)
def test_a_server_without_an_rsa_certificate_is_warned_of(
    look: Verify,
    authority: Authority,
    tmp_path: Path,
    keys: tuple[Key, ...],
    ciphers: str,
    *,
    is_served: bool,
) -> None:
    newest = NEWEST if ciphers == "DEFAULT" else MIDDLE
    context = serving(authority, tmp_path, *keys, ciphers=ciphers, newest=newest)
    report = look(context=context, tls=RIGHT, starttls=RIGHT, none=RIGHT)

    status = "passed" if is_served else "warned"
    assert results(report) == {"tls": status, "starttls": status, "none": "skipped"}
    wanted = [] if is_served else ["certificate-rsa-missing"]
    assert sorted({finding for _, _, finding in problems(report)}) == wanted
    assert report.exit_code == 0


def test_both_listeners_are_one_warning_that_says_which_key_and_what_to_do(
    look: Verify, authority: Authority, tmp_path: Path
) -> None:
    report = look(context=serving(authority, tmp_path, EC_KEY), tls=RIGHT, starttls=RIGHT)
    said = printed(report, EN)

    assert said.count("clients that know RSA alone cannot set up TLS") == 1
    assert "the certificate's key: P-256" in said
    assert 'certificates(keys=("ecdsa", "rsa"))' in said
    assert "舊型印表機" in printed(report, ZH_TW)


def test_a_server_of_tls_1_3_alone_is_told_of_that_and_not_of_rsa(
    look: Verify, authority: Authority, tmp_path: Path
) -> None:
    context = serving(authority, tmp_path, EC_KEY, oldest=NEWEST)
    report = look(context=context, tls=RIGHT)

    assert problems(report) == [("tls", "tls-versions", "tls-version-1.2-missing")]


class SilentLater:
    """Serves the first connection, and lets the others wait."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, conversation: Any) -> None:
        self.count += 1
        if self.count > 1:
            await asyncio.sleep(60)
        conversation.does = replace(conversation.does, connected=None)
        await conversation.run()


def test_a_server_that_falls_silent_was_not_looked_at(
    look: Verify, authority: Authority, tmp_path: Path
) -> None:
    """Silence in a handshake says nothing of certificates."""
    context = serving(authority, tmp_path, EC_KEY)
    short = Limits(connect_s=0.4, reply_s=0.3, session_s=1)
    report = look(context=context, limits=short, starttls=replace(RIGHT, connected=SilentLater()))

    assert results(report) == {"starttls": "unknown"}


@pytest.mark.parametrize(
    ("keys", "code"), [((EC_KEY,), 1), ((RSA_KEY,), 0), ((EC_KEY, RSA_KEY), 0)]
)
def test_openssl_s_own_client_meets_the_same(
    authority: Authority, tmp_path: Path, keys: tuple[Key, ...], code: int
) -> None:
    port = Port(mode="tls", behaviour=RIGHT, context=serving(authority, tmp_path, *keys))
    with FakeSmtp([port]):
        done = subprocess.run(
            [
                *("openssl", "s_client", "-connect", f"127.0.0.1:{port.number}"),
                *("-tls1_2", "-cipher", "aRSA"),
            ],
            check=False,
            input=b"QUIT\r\n",
            capture_output=True,
            timeout=20,
        )
    assert done.returncode == code
