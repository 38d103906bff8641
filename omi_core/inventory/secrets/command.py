"""A secret that a program prints: SOPS, age, a password store.

It runs while the inventory is read, by its words and without a shell, once for each process of
ours. It may ask for a passphrase at the terminal. What it says on stderr may hold the secret, so
nobody sees it; nor are its arguments repeated.
"""

import os
import select
import subprocess
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from omi_core.errors import InputError, system_text
from omi_core.inventory.reader import Reader
from omi_core.secret import Secret

PATIENCE_S = 60.0  # a person may have to unlock his store
LONGEST_S = 600
LARGEST = 1 << 22  # octets: the hashes of 30,000 accounts
_BLOCK = 1 << 16


def parse_secret_command(
    where: str, words: Iterable[str], *, patience_seconds: float = PATIENCE_S
) -> Secret:
    """Return what the program prints, without the line end; raises SettingsError."""
    read = Reader(where)
    if isinstance(words, str):
        read.refuse("words", 'must be a list of words, as ["sops", "decrypt", "token.txt"]')
    command = read.texts("words", str, words)
    if not command or not command[0]:
        read.refuse("words", "names no program")
    if type(patience_seconds) not in {int, float} or not 0 < patience_seconds <= LONGEST_S:
        read.refuse("patience_seconds", "is a number of seconds, up to {most}", most=LONGEST_S)
    try:
        return _asked(command, float(patience_seconds))
    except InputError as error:
        read.refuse("", "{program} {error}", program=Path(command[0]).name, error=error)


@cache
def _asked(command: tuple[str, ...], patience_s: float) -> Secret:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError) as error:
        kind = system_text(error) if isinstance(error, OSError) else type(error).__name__
        raise InputError("cannot be run: {kind}", kind=kind) from None
    try:
        printed = _printed(process, time.monotonic() + patience_s, patience_s)
    finally:
        process.kill()
        process.wait()
    return _secret(printed)


def _printed(process: "subprocess.Popen[bytes]", deadline: float, patience_s: float) -> bytes:
    """Return what it prints until it ends; raises InputError for too much, or too late."""
    if process.stdout is None:
        raise InputError("cannot be read")
    printed = b""
    with process.stdout as pipe:
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise InputError("did not end within {patience_s:g} s", patience_s=patience_s)
            block = os.read(pipe.fileno(), _BLOCK)
            if not block:
                break
            printed += block
            if len(printed) > LARGEST:
                raise InputError("prints more than {largest} octets", largest=LARGEST)
    try:
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise InputError("did not end within {patience_s:g} s", patience_s=patience_s) from None
    if code:
        raise InputError("fails with exit code {code}; run it by hand to see why", code=code)
    return printed


def _secret(printed: bytes) -> Secret:
    try:
        text = printed.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("prints what is not UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise InputError("prints nothing")
    if "\0" in text:
        raise InputError("prints what is no text")
    return Secret(text)
