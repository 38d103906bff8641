"""The Cloudflare API token: from the environment or a file, and never in an output."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from omi_core.errors import InputError, system_text
from omi_core.secret import Secret

VARIABLE = "CLOUDFLARE_API_TOKEN"
# What a token consists of. Anything else, most often a newline inside, makes a header that the
# service answers with 6003 and 6111, which nobody understands.
_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{20,}")


def read_token(path: Path | None, environment: Mapping[str, str] = os.environ) -> Secret:
    """Return the token in the file `path`, or of the environment where there is no path.

    White space around it is stripped. Raises InputError if it is missing, others may read the
    file, or it cannot be a token; no message shows a part of it.
    """
    if path is None:
        return _checked(environment.get(VARIABLE, ""), f"the environment variable {VARIABLE}")
    try:
        with path.open(encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            written = file.read(4096)
    except OSError as error:
        raise InputError(
            "the Cloudflare token {path} cannot be read: {strerror}",
            path=path,
            strerror=system_text(error),
        ) from None
    except UnicodeDecodeError:
        raise InputError(
            "the Cloudflare token {path} cannot be used: it is not ASCII", path=path
        ) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            "the Cloudflare token {path} may be read by others than its owner; run: "
            "chmod 600 {path}",
            path=path,
        )
    return _checked(written, str(path))


def token_of(path: Path | None, given: Secret | None) -> Secret:
    """Return the token that is given, else the one that `read_token` finds."""
    if given is None:
        return read_token(path)
    return _checked(given.unmask(), "token= of the inventory")


def _checked(written: str, where: str) -> Secret:
    token = written.strip()
    if not token:
        raise InputError(
            "there is no Cloudflare token in {where}; docs/dns.md says how to make it", where=where
        )
    if not _TOKEN.fullmatch(token):
        raise InputError(
            "what is in {where} is not a Cloudflare token: one line of at least 20 "
            "letters, digits and hyphens",
            where=where,
        )
    return Secret(token)
