"""`omi smtp verify` against the deployed relays: all is well, and then one thing is not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from lab import hosts, mailbox, plan
from lab.site import Site
from omi_core.certificates.issuers.internal_ca import InternalCaFiles
from omi_core.names import Fqdn

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("control")]
pytest_plugins = ("tests.lab.relay_fixtures",)

ALICE = plan.ACCOUNTS[0]
NAMES = ("smtp.itpison.com", "smtp2.itpison.com")
RECIPIENT = "verify@inbox.example"
# For another name, and for the right ones but another than the other listeners serve.
# Where Postfix, confined, can read: it sees no home (ProtectHome=).
OTHER_CERTIFICATE, SECOND_CERTIFICATE = "/etc/ssl/other.pem", "/etc/ssl/second.pem"
CERTIFICATES = {OTHER_CERTIFICATE: ("other.itpison.com",), SECOND_CERTIFICATE: NAMES}


def verify(
    place: Site, *arguments: str, code: int | None = None, mailbox_: Sequence[str] = ()
) -> dict[str, Any]:
    """Run `omi smtp verify --json` as an operator does, and return what it said."""
    looking = mailbox_ or ("--maildir", str(mailbox.directory(place)))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "omi_core.cli", "smtp", "verify", "--json"),
            *("--account", ALICE.login, "--to", RECIPIENT),
            *("--inventory", "inventories/lab.py", "--ca-file", ".lab/ca/root.pem"),
            *looking,
            *arguments,
        ],
        capture_output=True,
        cwd=place.checkout,
        env={
            **os.environ,
            "OMI_PASSWORD": ALICE.password,
            "OMI_IMAP_PASSWORD": plan.READER.password,
            "PYTHONPATH": str(place.checkout),
        },
        check=False,
        timeout=90,
    )
    assert done.stdout, done.stderr.decode()
    document: dict[str, Any] = json.loads(done.stdout)
    assert code in {None, done.returncode}, problems(document)
    return document


def problems(document: dict[str, Any]) -> set[tuple[str, int, str, str]]:
    """What is not fine: name, port, mode, and the id of the check."""
    return {
        (cell["name"], cell["port"], cell["security"], check["id"])
        for cell in document["cells"]
        for check in cell["checks"]
        if check["status"] in {"failed", "warned", "unknown"}
    }


def test_every_listener_of_both_relays_is_fine_and_its_mail_authenticated(
    place: Site,
) -> None:
    document = verify(place, *NAMES, code=0)

    assert len(document["cells"]) == 16
    for cell in document["cells"]:
        results = cell["mail"]["authentication_results"]
        assert all(f"{method}=pass" in results for method in ("spf", "dkim", "dmarc")), cell


def test_mails_are_found_by_imap_where_no_maildir_is_at_hand(place: Site) -> None:
    by_imap = ("--imap", "mx.inbox.example", "--imap-account", plan.READER.login, "--wait", "30")

    document = verify(place, NAMES[0], code=0, mailbox_=by_imap)

    for cell in document["cells"]:
        assert "dkim=pass" in cell["mail"]["authentication_results"], cell
    assert plan.READER.password not in json.dumps(document)


def test_smuggling_is_closed_on_the_relays(place: Site) -> None:
    verify(place, *NAMES, "--smuggling-to", RECIPIENT, code=0)


# What is set on smtp2 by hand, the modes and ports that then fail, and the check that says so.
INJECTIONS: dict[str, tuple[list[str], set[tuple[int, str]], str]] = {
    "a certificate for another name on 587": (
        [f"-P 587/inet/smtpd_tls_chain_files={OTHER_CERTIFICATE}"],
        {(587, "starttls")},
        "certificate-covers-name",
    ),
    "a certificate of its own on 587": (
        [f"-P 587/inet/smtpd_tls_chain_files={SECOND_CERTIFICATE}"],
        {(587, "starttls")},
        "certificate-same",
    ),
    "AUTH before TLS on 587": (
        ["-P 587/inet/smtpd_tls_security_level=may 587/inet/smtpd_tls_auth_only=no"],
        {(587, "starttls")},
        "auth-only-where-allowed",
    ),
    "an open relay on 25": (
        [
            "-P 25/inet/mynetworks=0.0.0.0/0,[::]/0",
            "-P 25/inet/smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination",
        ],
        {(25, "none"), (25, "starttls")},
        "relay-closed",
    ),
    "TLS 1.0 on 465": (
        [
            "-P '465/inet/smtpd_tls_mandatory_protocols=>=TLSv1'",
            "-P 465/inet/tls_medium_cipherlist=ALL:@SECLEVEL=0",
            "-P 465/inet/smtpd_tls_mandatory_ciphers=medium",
        ],
        {(465, "tls")},
        "tls-versions",
    ),
    "smuggling on 465": (
        ["-P 465/inet/smtpd_forbid_bare_newline=no"],
        {(465, "tls")},
        "smuggling-closed",
    ),
    "another size limit on 465": (
        ["-P 465/inet/message_size_limit=1000000"],
        {(465, "tls")},
        "size-limit",
    ),
    "no STARTTLS on 25": (
        ["-P 25/inet/smtpd_tls_security_level=none"],
        {(25, "starttls")},
        "starttls-offered",
    ),
    "no LOGIN and PLAIN on 587": (
        [
            "-P 587/inet/smtpd_sasl_auth_enable=no",
            "-P 587/inet/smtpd_sender_restrictions=",
            "-P 587/inet/smtpd_client_restrictions=",
        ],
        {(587, "starttls")},
        "auth-offered",
    ),
    "any sender on 465": (
        ["-P 465/inet/smtpd_sender_restrictions="],
        {(465, "tls")},
        "foreign-sender-refused",
    ),
    "no recipients on 465": (
        ["-P 465/inet/smtpd_recipient_restrictions=check_recipient_access,static:reject"],
        {(465, "tls")},
        "mail-accepted",
    ),
    "port 25 shut": (["-MX 25/inet"], {(25, "none"), (25, "starttls")}, "port-open"),
}


@pytest.mark.parametrize("case", INJECTIONS)
def test_one_fault_in_a_real_postfix_fails_one_check(case: str, place: Site) -> None:
    changes, listeners, check = INJECTIONS[case]
    smuggling = ["--smuggling-to", RECIPIENT] if "smuggling" in case else []

    with _changed_by_hand(place, changes):
        document = verify(place, "smtp2.itpison.com", *smuggling, code=1)

    wanted = {("smtp2.itpison.com", port, security, check) for port, security in listeners}
    assert problems(document) == wanted


@contextmanager
def _changed_by_hand(place: Site, changes: list[str]) -> Iterator[None]:

    def run(words: str) -> None:
        hosts.check(place, "smtp2", ["sh", "-c", words])

    run("rm -rf /root/kept && cp -a /etc/postfix /root/kept")
    try:
        for path, names in CERTIFICATES.items():
            _put_certificate(place, path, names)
        for change in changes:
            run(f"postconf {change}")
        run("postfix reload && sleep 1")
        yield
    finally:
        run("cp -a /root/kept/main.cf /root/kept/master.cf /etc/postfix/")
        run("postfix reload && sleep 1")


def _put_certificate(place: Site, path: str, names: Sequence[str]) -> None:
    """Put a key and a certificate of the lab's own CA beside the right one."""
    make = "openssl req -new -newkey rsa:2048 -nodes -subj /"  # which every client knows
    script = f"{make} -keyout {path}.key 2>/dev/null"
    request = hosts.check(place, "smtp2", ["sh", "-c", script])
    issuer = InternalCaFiles(place.checkout / ".lab/ca")
    chain = issuer.issue(request.encode(), list(map(Fqdn.parse, names)))
    joined = f"cat {path}.key - > {path}"
    hosts.check(place, "smtp2", ["sh", "-c", joined], stdin=chain.pem.decode())
