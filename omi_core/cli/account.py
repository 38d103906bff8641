"""`omi account`: what goes into a customer's file."""

import sys

import click

from omi_core.cli.arguments import json_option
from omi_core.cli.reader import said
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError
from omi_core.text import Text

# The default of Dovecot's own `doveadm pw -s SHA512-CRYPT`, which reads the result (crypt(5)).
ROUNDS = 5000
LONGEST = 1000  # octets; the scheme's work grows with the length
_SCHEME = "{SHA512-CRYPT}"
_NO_ARGUMENT = Text("give the password on the prompt or on stdin, never as an argument")
_PROMPT = Text("Password")


@click.group()
def account() -> None:
    """Accounts in a customer's file."""


@account.command(
    "hash",
    short_help="Hash a password.",
    # click would show an argument that it does not know, and it may be a password.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
@json_option
@click.pass_context
def hash_command(ctx: click.Context, as_json: bool) -> int:
    """Print what stands for a password in a customer's file.

    The password is asked for twice, or read from stdin where that is not a terminal; it is never an
    argument and never shown.
    """
    if ctx.args:
        raise click.UsageError(said(_NO_ARGUMENT))
    hashed = hash_password(_password())
    if as_json:
        emit_json({"hash": hashed})
    else:
        emit(hashed)
    return 0


def hash_password(password: str) -> str:
    """Return `{SHA512-CRYPT}$6$...` for `password`, with a salt of its own.

    Raises InputError for an empty password, one with control characters, and one of more than
    1,000 octets.
    """
    from passlib.hash import sha512_crypt  # only this verb needs it

    if not password:
        raise InputError("the password is empty; type one, or send it on stdin")
    if not password.isprintable():
        raise InputError("the password holds a control character, which no mail program can send")
    if len(password.encode()) > LONGEST:
        raise InputError(
            "the password is longer than {longest} octets; choose a shorter one", longest=LONGEST
        )
    return _SCHEME + str(sha512_crypt.using(rounds=ROUNDS).hash(password))


def _password() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt(
            said(_PROMPT), hide_input=True, confirmation_prompt=True, err=True
        )
        return typed
    piped = sys.stdin.buffer.read(LONGEST + 3)
    try:
        text = piped.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("the password on stdin is not UTF-8; send it as UTF-8") from None
    return text.removesuffix("\n").removesuffix("\r")
