"""A login and its password, and the responses of the AUTH mechanisms made from them."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from omi_core.errors import InputError
from omi_core.secret import Secret
from omi_core.smtp.redaction import SHORTEST


class Mechanism(StrEnum):
    """The mechanisms that this client speaks."""

    PLAIN = "PLAIN"  # RFC 4616
    LOGIN = "LOGIN"  # never had an RFC; old Outlook knows nothing else
    CRAM_MD5 = "CRAM-MD5"  # RFC 2195


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who logs in, and with what."""

    login: str
    password: Secret

    @classmethod
    def parse(cls, login: str, password: Secret) -> "Credentials":
        """Take a login and password as given; raises InputError, without showing the password."""
        if not login or "\0" in login:
            raise InputError("the login is empty or holds a NUL; write it as the platform shows it")
        if "\0" in password.unmask():
            raise InputError("the password holds a NUL, which no SMTP client can send")
        if len(password.unmask()) < SHORTEST:
            raise InputError(
                "the password has fewer than {shortest} characters and could not be kept "
                "out of a report; give the account a longer one",
                shortest=SHORTEST,
            )
        return cls(login=login, password=password)


def plain(credentials: Credentials) -> Secret:
    """Return the initial response of PLAIN (RFC 4616 2), in base64."""
    return _base64(f"\0{credentials.login}\0{credentials.password.unmask()}")


def login_answers(credentials: Credentials) -> tuple[Secret, Secret]:
    """Return the two answers of LOGIN, in base64."""
    return _base64(credentials.login), _base64(credentials.password.unmask())


def cram_md5(credentials: Credentials, challenge: bytes) -> tuple[Secret, Secret]:
    """Return the digest (from which a weak password can be guessed) and the response with it."""
    key = _octets(credentials.password.unmask())
    digest = hmac.new(key, challenge, hashlib.md5).hexdigest()
    return Secret(digest), _base64(f"{credentials.login} {digest}")


def _base64(text: str) -> Secret:
    return Secret(base64.b64encode(_octets(text)).decode())


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
