"""Domains as people give them to a command, judged before anything is asked."""

import ipaddress
import os
import re
import stat
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from omi_core.errors import InputError, system_text
from omi_core.names import Fqdn
from omi_core.text import Text

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LABELS = 2
_UTF16 = (BOM_UTF16_LE, BOM_UTF16_BE)
_LONGEST_LINE = 2**16
_LONGEST_SHOWN = 253


def domain_name(written: str) -> Fqdn:
    """Read a customer's domain; what people paste instead is refused with what was meant."""
    text = written.strip()
    if not text:
        raise InputError("a domain is empty; write it as example.com")
    if _URL.match(text) or "/" in text:
        meant = urlsplit(text if "://" in text else f"//{text}").hostname
        hint = f"; its host is {meant}" if meant else ""
        raise InputError("{text!r} is a web address, not a domain{hint}", text=text, hint=hint)
    if "@" in text:
        meant = text.rpartition("@")[2]
        raise InputError(
            "{text!r} is a mail address; its domain is {meant}", text=text, meant=meant or "missing"
        )
    _refuse_address(text)
    name = Fqdn.parse(text)
    _refuse_what_no_customer_has(name, text)
    return name


def _refuse_address(text: str) -> None:
    if ":" not in text and not text.rstrip("]")[-1:].isdigit():
        return  # to find that out takes longer than all else of a name
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return
    raise InputError(
        "{text!r} is an IP address; give the domain after the @ of the senders", text=text
    )


def _refuse_what_no_customer_has(name: Fqdn, text: str) -> None:
    from omi_core.mailauth.dmarc.discover import is_public_suffix

    labels = name.relative.split(".")
    if any(label.startswith("_") for label in labels):
        meant = ".".join(label for label in labels if not label.startswith("_"))
        raise InputError(
            "{text!r} is the name of a record; give the domain itself, as {meant}",
            text=text,
            meant=meant,
        )
    if any("_" in label for label in labels):
        raise InputError(
            "{text!r} has an underscore, which no mail domain has (RFC 5321 2.3.5)", text=text
        )
    if len(labels) < _LABELS or is_public_suffix(name.relative):
        raise InputError(
            "{text!r} is a public suffix, under which others register; give a whole "
            "domain, as shop.{name}",
            text=text,
            name=name.relative,
        )


@dataclass(frozen=True, slots=True)
class NoDomain:
    """What stands where a domain should, and why it is none."""

    written: str
    why: Text


class DomainFile:
    """A list of domains, one a line; `#` begins a comment.

    It is opened once, since it may be a pipe, and read as it is needed. Raises InputError where it
    cannot be read; a line that is no domain costs no other its result.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._file = Path(path).open("rb")  # noqa: SIM115 - see close()
        except OSError as error:
            raise self._unreadable(system_text(error)) from None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def count(self) -> int | None:
        """Return how many there are; None for what can be read only once."""
        try:
            if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
                return None
            found = sum(1 for _ in self._lines())
            self._file.seek(0)
        except OSError as error:
            raise self._unreadable(system_text(error)) from None
        return found

    def domains(self) -> Iterator[Fqdn | NoDomain]:
        """Yield the domains, and what is none."""
        try:
            for number, text in self._lines():
                yield self._named(number, text)
        except OSError as error:
            raise self._unreadable(system_text(error)) from None

    def _lines(self) -> Iterator[tuple[int, str]]:
        for number, octets in enumerate(iter(partial(self._file.readline, _LONGEST_LINE), b""), 1):
            if number == 1 and octets.startswith(_UTF16):
                raise self._unreadable(Text("it is not UTF-8"))
            text = octets.removeprefix(BOM_UTF8 if number == 1 else b"").decode("utf-8", "replace")
            if name := text.partition("#")[0].strip():
                yield number, name

    def _named(self, number: int, text: str) -> Fqdn | NoDomain:
        try:
            return domain_name(text)
        except InputError as error:
            where = Text.plain("{path}:{number}: {error}")
            why = where.format(path=self._path, number=number, error=error.text)
            return NoDomain(text[:_LONGEST_SHOWN], why)

    def _unreadable(self, reason: Text) -> InputError:
        return InputError("{path!r} cannot be read: {reason}", path=self._path, reason=reason)
