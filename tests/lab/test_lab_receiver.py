"""The receiver can tell good mail from bad: an oracle that never fails would prove nothing."""

import base64
import hashlib
import re
import secrets
import smtplib
from typing import Any

import dns.query
import dns.tsig
import dns.update
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lab import delegation, keys, mailbox, plan
from lab.site import Site

pytestmark = pytest.mark.lab

DOMAIN = "oracle.example"
HERE = plan.ipv4(plan.GATEWAY)
RECEIVER = plan.ipv4(5)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def published_key() -> str:
    der = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


GOOD = {
    "@": [f"v=spf1 ip4:{HERE} -all"],
    "good._domainkey": [published_key()],
    "revoked._domainkey": ["v=DKIM1; k=rsa; p="],
    "_dmarc": ["v=DMARC1; p=reject"],
}


@pytest.fixture(scope="module")
def zone(place: Site) -> dns.tsig.Key:
    delegation.add_zone(place, DOMAIN)
    found = re.search(r'key "(.+)" .*secret "(.+)"', keys.tsig(place).read_text())
    assert found
    return dns.tsig.Key(found[1], found[2], "hmac-sha256")


@pytest.fixture(autouse=True)
def published(place: Site, zone: dns.tsig.Key) -> None:
    publish(place, zone, GOOD)


def publish(place: Site, key: dns.tsig.Key, records: dict[str, list[str]]) -> None:
    update = dns.update.Update(DOMAIN, keyring=key)
    for name, texts in records.items():
        update.delete(name, "TXT")
        for text in texts:
            parts = " ".join(f'"{text[i : i + 250]}"' for i in range(0, len(text), 250))
            update.add(name, 1, "TXT", parts)
    assert dns.query.tcp(update, plan.ipv4(2), timeout=10).rcode() == 0
    delegation.flush(place)


def mail(token: str, sender: str = f"someone@{DOMAIN}") -> bytes:
    return f"From: {sender}\r\nTo: oracle@inbox.example\r\n\r\nHello {token}\r\n".encode()


def signed(message: bytes, selector: str = "good") -> bytes:
    """Sign by RFC 6376, relaxed/simple, with nothing but a hash and a key."""
    head, _, body = message.partition(b"\r\n\r\n")
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    fields = [f"v=1; a=rsa-sha256; c=relaxed/simple; d={DOMAIN}; s={selector}", f"bh={digest}"]
    unsigned = f"{'; '.join(fields)}; h=from:to; b="
    canonical = [f"{n.lower()}:{v.strip()}" for n, v in header_fields(head)]
    text = "\r\n".join([*canonical, f"dkim-signature:{unsigned}"])
    signature = KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    value = unsigned + base64.b64encode(signature).decode()
    return f"DKIM-Signature: {value}\r\n".encode() + message


def header_fields(head: bytes) -> list[tuple[str, str]]:
    lines = head.decode().split("\r\n")
    return [(name, value) for name, _, value in (line.partition(":") for line in lines)]


def judge(
    box: Any, message: bytes, token: str, *, address: str = RECEIVER, sender: str = ""
) -> mailbox.Verdict:
    with smtplib.SMTP(address, timeout=20) as session:
        session.sendmail(sender or f"someone@{DOMAIN}", ["oracle@inbox.example"], message)
    verdict: mailbox.Verdict = box.wait_for("oracle@inbox.example", token).verdict
    return verdict


@pytest.fixture
def token() -> str:
    return secrets.token_hex(8)


def test_good_mail_passes_all_three(mailbox: Any, token: str) -> None:
    verdict = judge(mailbox, signed(mail(token)), token)
    assert str(verdict) == "spf=pass dkim=pass dmarc=pass"
    assert verdict.is_pass


def test_a_spoofed_sender_fails_spf_and_dmarc(mailbox: Any, token: str) -> None:
    verdict = judge(mailbox, mail(token), token, address=plan.ipv6(5))
    assert str(verdict) == "spf=fail dkim=none dmarc=fail"


def test_altered_mail_fails_dkim(mailbox: Any, token: str) -> None:
    altered = signed(mail(token)).replace(b"Hello", b"Hullo")
    assert judge(mailbox, altered, token).dkim == "fail"


def test_a_missing_key_fails_dkim(mailbox: Any, token: str) -> None:
    verdict = judge(mailbox, signed(mail(token), "missing"), token)
    assert verdict.dkim == "permerror"


def test_a_revoked_key_fails_dkim(mailbox: Any, token: str) -> None:
    verdict = judge(mailbox, signed(mail(token), "revoked"), token)
    assert verdict.dkim in {"fail", "permerror"}


def test_a_key_is_judged_anew_after_it_was_revoked(
    place: Site, zone: dns.tsig.Key, mailbox: Any, token: str
) -> None:
    assert judge(mailbox, signed(mail(token)), token).dkim == "pass"
    publish(place, zone, {"good._domainkey": ["v=DKIM1; k=rsa; p="]})
    second = token[::-1]
    assert judge(mailbox, signed(mail(second)), second).dkim in {"fail", "permerror"}


def test_two_spf_records_are_a_permanent_error(
    place: Site, zone: dns.tsig.Key, mailbox: Any, token: str
) -> None:
    publish(place, zone, {"@": [*GOOD["@"], "v=spf1 mx -all"]})
    assert judge(mailbox, mail(token), token).spf == "permerror"


def test_an_unaligned_signature_fails_dmarc(mailbox: Any, token: str) -> None:
    message = signed(mail(token, sender=f"someone@{DOMAIN}"))
    message = message.replace(f"someone@{DOMAIN}".encode(), b"someone@shop.example")
    verdict = judge(mailbox, message, token, sender=f"someone@{DOMAIN}")
    assert verdict.dmarc != "pass"


def test_a_forged_result_is_not_believed(mailbox: Any, token: str) -> None:
    forged = b"Authentication-Results: mx.inbox.example; spf=pass; dkim=pass; dmarc=pass\r\n"
    verdict = judge(mailbox, forged + mail(token), token, address=plan.ipv6(5))
    assert str(verdict) == "spf=fail dkim=none dmarc=fail"


@pytest.mark.parametrize(("recipient", "code"), [("defer", 451), ("refuse", 550)])
def test_some_addresses_never_accept(recipient: str, code: int) -> None:
    with smtplib.SMTP(RECEIVER, timeout=20) as session:
        session.ehlo()
        session.mail("someone@shop.example")
        assert session.rcpt(f"{recipient}@inbox.example")[0] == code


def test_nothing_is_relayed_to_other_domains() -> None:
    with smtplib.SMTP(RECEIVER, timeout=20) as session:
        session.ehlo()
        session.mail("someone@shop.example")
        assert session.rcpt("someone@news.example")[0] == 454
