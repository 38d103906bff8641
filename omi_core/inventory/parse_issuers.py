"""What an inventory writes about certificates, judged before the first connection."""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from omi_core.errors import InputError
from omi_core.inventory.issuers import (
    LETS_ENCRYPT,
    Acme,
    Certificates,
    ExternalAccount,
    InternalCa,
    KeyKind,
    ProvidedFiles,
)
from omi_core.inventory.reader import Reader, parse_path
from omi_core.names import Address, Fqdn

_LONGEST_WARNING = 90
_WORD = re.compile(r"[A-Za-z0-9_.-]*", re.ASCII)


def parse_internal_ca(where: str, directory: str) -> InternalCa:
    """Build the settings of a CA of one's own; raises SettingsError."""
    return InternalCa(directory=Reader(where).text("directory", parse_path, directory))


def parse_acme(
    where: str,
    *,
    directory: str,
    agrees_to_terms: bool,
    url: str = LETS_ENCRYPT,
    contact: str | None = None,
    profile: str = "",
    external_account: tuple[str, str] | None = None,
    ca_file: str | None = None,
    root_file: str | None = None,
    caa_identity: str = "",
) -> Acme:
    """Build the settings of an ACME server; raises SettingsError.

    `external_account` is the key id, and the file of its MAC key.
    """
    read = Reader(where)
    if not read.flag("agrees_to_terms", agrees_to_terms):
        read.refuse(
            "agrees_to_terms",
            "must be True: no CA issues certificates without agreement to its terms (RFC 8555 7.3)",
        )
    return Acme(
        url=read.text("url", _https, url),
        directory=read.text("directory", parse_path, directory),
        contact=None if contact is None else read.text("contact", Address.parse, contact),
        profile=read.text("profile", _word, profile),
        external_account=_external_account(read, external_account),
        ca_file=_file(read, "ca_file", ca_file),
        root_file=_file(read, "root_file", root_file),
        caa_identity=read.text("caa_identity", _identity, caa_identity),
    )


def parse_provided_files(
    where: str, *, chain_file: str, key_file: str, root_file: str | None = None
) -> ProvidedFiles:
    """Build the settings of a bought certificate; raises SettingsError."""
    read = Reader(where)
    return ProvidedFiles(
        chain_file=read.text("chain_file", parse_path, chain_file),
        key_file=read.text("key_file", parse_path, key_file),
        root_file=_file(read, "root_file", root_file),
    )


def parse_certificates(
    where: str, *, keys: Iterable[str] = (KeyKind.ECDSA,), warn_days: int = 10
) -> Certificates:
    """Build which keys there are, and when to warn; raises SettingsError."""
    read = Reader(where)
    kinds = read.texts("keys", _kind, keys)
    if not kinds or len(set(kinds)) < len(kinds):
        read.refuse("keys", 'must be ("ecdsa",), ("rsa",) or ("ecdsa", "rsa")')
    if type(warn_days) is not int or not 0 < warn_days <= _LONGEST_WARNING:
        read.refuse(
            "warn_days",
            "{warn_days!r} is not a number from 1 to {longest_warning}",
            warn_days=warn_days,
            longest_warning=_LONGEST_WARNING,
        )
    return Certificates(keys=tuple(sorted(kinds)), warn_days=warn_days)


def _external_account(read: Reader, written: object) -> ExternalAccount | None:
    if written is None:
        return None
    parts = read.texts("external_account", str, written)
    if len(parts) != len(("key id", "file")) or not all(parts):
        read.refuse("external_account", 'must be ("KEY ID", "FILE OF THE MAC KEY")')
    return ExternalAccount(key_id=parts[0], mac_key_file=Path(parts[1]))


def _file(read: Reader, key: str, written: object) -> Path | None:
    return None if written is None else read.text(key, parse_path, written)


def _https(written: str) -> str:
    parts = urlsplit(written)
    if parts.username is not None:
        raise InputError("holds a user name; an ACME account is told by its key, so leave it out")
    if parts.scheme != "https" or not parts.hostname:
        raise InputError(
            "{written!r} is not an address of an ACME directory, such as {lets_encrypt}",
            written=written,
            lets_encrypt=LETS_ENCRYPT,
        )
    return written


def _word(written: str) -> str:
    if not _WORD.fullmatch(written):
        raise InputError("{written!r} is not a profile, such as shortlived", written=written)
    return written


def _identity(written: str) -> str:
    return Fqdn.parse(written).relative if written else ""


def _kind(written: str) -> KeyKind:
    try:
        return KeyKind(written)
    except ValueError:
        raise InputError(
            "{written!r} is not a kind of key; there are ecdsa and rsa", written=written
        ) from None
