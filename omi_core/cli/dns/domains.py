"""Domains as people give them to a command, judged before anything is asked."""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from omi_core.errors import InputError, system_text
from omi_core.names import Fqdn
from omi_core.text import Text

INVENTORY = "inventories/prod.py"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LABELS = 2

inventory_option = click.option(
    "--inventory",
    metavar="FILE",
    default=INVENTORY,
    show_default=True,
    help="The inventory that says what customers enter.",
)


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


def domains_in(path: str) -> Iterator[Fqdn]:
    """Yield the domains of a file, one a line; `#` begins a comment."""
    try:
        with Path(path).open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if text := line.partition("#")[0].strip():
                    yield _named(path, number, text)
    except (OSError, UnicodeDecodeError) as error:
        reason = system_text(error) if isinstance(error, OSError) else Text("it is not UTF-8")
        raise InputError("{path!r} cannot be read: {reason}", path=path, reason=reason) from None


def _named(path: str, number: int, text: str) -> Fqdn:
    try:
        return domain_name(text)
    except InputError as error:
        raise InputError(
            "{path}:{number}: {error}", path=path, number=number, error=error
        ) from None
