"""Waits until a test mail lies in a mailbox: a Maildir, or an IMAP account (RFC 9051)."""

import asyncio
import imaplib
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from omi_core.probe.observation import Arrival
from omi_core.probe.probe import Mailbox
from omi_core.smtp.trial_mail import TrialMail

_PAUSE = 0.05
_IMAP_PAUSE = 0.5
_LARGEST = 4 * 1024 * 1024


async def await_mail(mail: TrialMail, mailbox: Mailbox) -> tuple[Arrival | None, str]:
    """Return the mail as it arrived, or None; and why nobody could look, or an empty text."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(mailbox.wait_s):
            if mailbox.maildir is not None:
                octets = await _in_maildir(mail.token.encode(), mailbox.maildir)
            else:
                octets = await _in_imap(mail, mailbox)
    except TimeoutError:
        missing = mailbox.maildir is not None and not mailbox.maildir.is_dir()
        return None, f"there is no directory {mailbox.maildir}" if missing else ""
    except (OSError, imaplib.IMAP4.error) as error:
        return None, getattr(error, "strerror", None) or type(error).__name__
    return Arrival(octets=octets, seconds=time.monotonic() - began), ""


async def _in_maildir(token: bytes, directory: Path) -> bytes:
    known: set[str] = set()
    while True:
        for path in _files(directory):
            if path.name not in known:
                known.add(path.name)
                if (octets := _read(path)) and token in octets:
                    return octets
        await asyncio.sleep(_PAUSE)


def _files(directory: Path) -> Iterator[Path]:
    for folder in ("new", "cur"):
        with suppress(FileNotFoundError):  # delivery makes the folders with the first mail
            yield from (directory / folder).iterdir()


def _read(path: Path) -> bytes:
    with suppress(FileNotFoundError), path.open("rb") as file:  # a mail reader may move it
        return file.read(_LARGEST)
    return b""


async def _in_imap(mail: TrialMail, mailbox: Mailbox) -> bytes:
    while True:
        octets = await asyncio.to_thread(_ask_imap, mail, mailbox)
        if octets:
            return octets
        await asyncio.sleep(_IMAP_PAUSE)


def _ask_imap(mail: TrialMail, mailbox: Mailbox) -> bytes:
    if mailbox.imap is None:
        return b""
    context = mailbox.imap_context or ssl.create_default_context()
    # Bounded by itself: a thread cannot be interrupted.
    with imaplib.IMAP4_SSL(
        mailbox.imap_host, mailbox.imap_port, ssl_context=context, timeout=mailbox.wait_s
    ) as server:
        server.login(mailbox.imap.login, mailbox.imap.password.unmask())
        server.select(readonly=True)
        _, numbers = server.search(None, "HEADER", "Message-ID", f'"{mail.message_id}"')
        for number in (numbers[0] or b"").split():
            _, parts = server.fetch(number.decode(), "(BODY.PEEK[])")
            if parts and isinstance(parts[0], tuple):
                return bytes(parts[0][1])
    return b""
