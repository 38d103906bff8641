"""TSIG keys (RFC 8945), from the file that `nsupdate -k` reads."""

import base64
import binascii
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from omi_core.errors import InputError, system_text
from omi_core.names import Fqdn
from omi_core.secret import Secret
from omi_core.text import Text

# RFC 8945 6: of the HMACs, SHA-1 and MD5 are not to be chosen any more
ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512")

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|#[^\n]*", re.DOTALL)
_KEY = re.compile(r'key\s+"?([^\s"{};]+)"?\s*\{([^{}]*)\}\s*;')
_FIELD = re.compile(r'\s*(algorithm|secret)\s+"?([^\s"{};]+)"?\s*;')


@dataclass(frozen=True, slots=True, kw_only=True)
class TsigKey:
    """A shared key: its name and algorithm are part of what both sides must agree on.

    `secret` is base64, as name servers write it.
    """

    name: Fqdn
    algorithm: str
    secret: Secret

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the one `key` statement of a file that only its owner may read.

        Raises InputError if the file cannot be read, others may read it, or it holds anything
        but one good key; no message shows a part of the file.
        """
        try:
            with path.open(encoding="utf-8") as file:
                _refuse_open_to_others(path, os.fstat(file.fileno()).st_mode)
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = system_text(error) if isinstance(error, OSError) else Text("it is not a text")
            raise InputError(
                "the TSIG key {path} cannot be read: {reason}", path=path, reason=reason
            ) from None
        try:
            return cls.parse(text)
        except InputError as error:
            raise InputError(
                "the TSIG key {path} cannot be used: {error}", path=path, error=error
            ) from None

    @classmethod
    def of(cls, path: Path | None, given: Secret | None) -> Self:
        """Return the key that is given, as such a file has it, else that of the file."""
        if given is None:
            if path is None:
                raise InputError("there is no TSIG key: give key_file or key")
            return cls.read(path)
        try:
            return cls.parse(given.unmask())
        except InputError as error:
            raise InputError("the TSIG key of key= cannot be used: {error}", error=error) from None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `key "name" { algorithm hmac-sha256; secret "..."; };`, comments allowed."""
        # A secret may hold // but no comment can begin inside a quoted string.
        statements = _KEY.findall(_without_comments(text))
        if len(statements) != 1:
            raise InputError(
                "it must hold one key statement, and holds {statements}", statements=len(statements)
            )
        name, body = statements[0]
        fields = dict(_FIELD.findall(body))
        return cls(
            name=Fqdn.parse(name),
            algorithm=_algorithm(fields.get("algorithm", "")),
            secret=Secret(_secret(fields.get("secret", ""))),
        )


def _refuse_open_to_others(path: Path, mode: int) -> None:
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            "the TSIG key {path} may be read by others than its owner; run: chmod 600 {path}",
            path=path,
        )


def _without_comments(text: str) -> str:
    quoted_or_comment = re.compile(rf'"[^"\n]*"|{_COMMENT.pattern}', re.DOTALL)
    return quoted_or_comment.sub(lambda m: m[0] if m[0].startswith('"') else " ", text)


def _algorithm(written: str) -> str:
    algorithm = written.lower().removesuffix(".")
    if algorithm not in ALGORITHMS:
        raise InputError(
            "its algorithm must be one of {algorithms}", algorithms=", ".join(ALGORITHMS)
        )
    return algorithm


def _secret(written: str) -> str:
    try:
        octets = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if not octets:
        raise InputError("its secret is missing or is not base64") from None
    return written
