"""`omi account hash`: from a password to what stands in a customer's file."""

import sys

import click

from omi_core.cli.arguments import json_option
from omi_core.cli.reader import reader_language, said
from omi_core.cli.terminal import emit, emit_json, warn
from omi_core.errors import InputError
from omi_core.inventory.customers.password_hash import ROUNDS, SCHEME
from omi_core.inventory.customers.password_rules import LONGEST, judge_password, require_strong
from omi_core.text import Text

_NO_ARGUMENT = Text("give the password on the prompt or on stdin, never as an argument")
_PROMPT = Text("Password")


@click.command(
    "hash",
    short_help="Hash a password.",
    # click would show an argument that it does not know, and it may be a password.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
@click.option("--login", metavar="LOGIN", help="Whose password it is: it must not be the login.")
@json_option
@click.pass_context
def hash_command(ctx: click.Context, login: str | None, as_json: bool) -> int:
    """Print what stands for a password in a customer's file.

    The password is asked for twice, or read from stdin where that is not a terminal; it is never an
    argument and never shown. Weak ones are refused. What mail programs cannot send is warned of.
    """
    if ctx.args:
        raise click.UsageError(said(_NO_ARGUMENT))
    password = asked_password()
    hashed = hash_password(password, login or "")
    findings = tuple(judge_password(password))
    if as_json:
        emit_json({"hash": hashed, "findings": [one.to_json() for one in findings]})
    else:
        warn(findings, reader_language())
        emit(hashed)
    return 0


def hash_password(password: str, login: str = "") -> str:
    """Return `{SHA512-CRYPT}$6$...` for `password`, with a salt of its own.

    Raises InputError for a password that no program can send, and for a weak one.
    """
    from passlib.hash import sha512_crypt  # only this verb needs it

    require_strong(password, login)
    return SCHEME + str(sha512_crypt.using(rounds=ROUNDS).hash(password))


def asked_password() -> str:
    """Ask for a password twice, or read it from stdin where that is no terminal."""
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
