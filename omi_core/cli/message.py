"""`omi message`: the control headers of a message, checked and set."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import click

from omi_core.cli.arguments import json_option, language_option, option_number, read, refusal
from omi_core.cli.files import copy_rest, message_file, refuse_pipes, replaced_file
from omi_core.cli.reader import said
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import described, emit, emit_json, warn
from omi_core.errors import InputError
from omi_core.findings.finding import has_errors
from omi_core.language import Language
from omi_core.message import (
    CONTROL_HEADERS,
    PLATFORM_ZONE,
    Checked,
    ControlHeader,
    Kind,
    Read,
    Value,
    check_message,
    control_header,
    edit,
    explain,
    platform_zone,
    read_head,
)
from omi_core.message.launch_time import read_time, write_time
from omi_core.message.text_value import safe_text
from omi_core.options.codec import decode
from omi_core.options.reading import quoted, shown
from omi_core.text import Text

_NONE = Text("No control header: the account's own settings apply.")
_NEEDS_IN_PLACE = Text("--json needs --in-place, because stdout is the message itself")
_NOTHING_GIVEN = Text("give HEADER=VALUE, or --remove HEADER")
_zone_option = click.option(
    "--zone",
    default=PLATFORM_ZONE,
    show_default=True,
    help="Zone of times without an offset.",
)


@click.group()
def message() -> None:
    """The control headers of a message: X-LinkOption and its ten siblings."""


@message.command("check", short_help="Decode and judge the control headers.")
@click.argument("file", metavar="FILE|-")
@_zone_option
@click.option(
    "--longest-hold",
    metavar="HOURS",
    type=click.IntRange(min=0),
    help="How long the relay keeps a mail for its launch time, which docs/queue.md tells.",
)
@language_option
@json_option
def check_command(
    file: str, zone: str, longest_hold: int | None, language: Language, as_json: bool
) -> int:
    """Decode the control headers of a message, and say what is wrong with them.

    FILE is a message as it is sent (.eml); - reads it from stdin.
    """
    where = platform_zone(zone)
    with message_file(file) as stream:
        longest = None if longest_hold is None else timedelta(hours=longest_hold)
        checked = check_message(
            read_head(stream), zone=where, now=datetime.now(UTC), longest_hold=longest
        )
    if as_json:
        emit_json(_document(checked, where))
    else:
        emit(stacked(_lines(checked, where, language)))
    return int(has_errors(checked.findings))


@message.command("set", short_help="Write the message with headers set.")
@click.argument("file", metavar="FILE|-")
@click.argument(
    "assignments",
    metavar="HEADER=VALUE...",
    nargs=-1,
    shell_complete=lambda _ctx, _param, incomplete: [
        f"{one.name}=" for one in CONTROL_HEADERS if one.name.lower().startswith(incomplete.lower())
    ],
)
@click.option("--remove", metavar="HEADER", multiple=True, help="Remove this header.")
@click.option("--in-place", is_flag=True, help="Replace FILE instead of writing to stdout.")
@_zone_option
@language_option
@json_option
def set_command(
    *,
    file: str,
    assignments: tuple[str, ...],
    remove: tuple[str, ...],
    in_place: bool,
    zone: str,
    language: Language,
    as_json: bool,
) -> int:
    """Write the message with headers set, and nothing else of it changed.

    VALUE is a number, or names separated by commas, for the headers that hold options
    (X-LinkOption=NotTrackOpen,NotTrackAllLink); a time for X-NextLaunchTime and
    X-LaunchExpireTime; any text for X-JobName and X-RefNumber. What is wrong with the result is
    said on stderr. --json reports what was set, and needs --in-place: stdout is the message.
    """
    if as_json and not in_place:
        raise click.UsageError(said(_NEEDS_IN_PLACE))
    if in_place:
        refuse_pipes(file)
    where = platform_zone(zone)
    changes = _changes(assignments, remove, where)
    with message_file(file) as stream:
        head = edit(read_head(stream), changes, zone=where)
        if in_place:
            replaced_file(file, head, stream)
        else:
            copy_rest(head, stream, sys.stdout.buffer)
    checked = check_message(head, zone=where, now=datetime.now(UTC))
    if as_json:
        emit_json(_document(checked, where))
    else:
        warn(checked.findings, language)
    return int(has_errors(checked.findings))


def _changes(
    assignments: tuple[str, ...], remove: tuple[str, ...], zone: tzinfo
) -> dict[ControlHeader, Value | None]:
    changes: dict[ControlHeader, Value | None] = {}
    for name, header, text in _wanted(assignments, remove):
        if header in changes:
            raise InputError("{name} is given twice; give it once", name=name)
        changes[header] = None if text is None else _value(header, text, zone)
    if not changes:
        raise click.UsageError(said(_NOTHING_GIVEN))
    return changes


def _wanted(
    assignments: tuple[str, ...], remove: tuple[str, ...]
) -> Iterator[tuple[str, ControlHeader, str | None]]:
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(
                "{assignment} has no '='; write HEADER=VALUE", assignment=quoted(assignment)
            )
        yield name, _known(name), text
    for name in remove:
        yield name, _known(name), None


def _known(name: str) -> ControlHeader:
    header = control_header(name)
    if header is None:
        names = ", ".join(one.name for one in CONTROL_HEADERS)
        raise InputError(
            "{name} is not a control header; write one of: {names}", name=quoted(name), names=names
        )
    return header


def _value(header: ControlHeader, text: str, zone: tzinfo) -> Value:
    if not text.strip():
        raise InputError(
            "{header}: the value is empty; --remove {header} removes it", header=header.name
        )
    if header.kind is Kind.TEXT:
        return safe_text(text, header.name)
    if header.kind is Kind.TIME:
        reading = read_time(text, subject=header.name, zone=zone)
        if reading.value is None:
            raise InputError(refusal(reading.findings))
        return reading.value
    if header.family is None:
        return read(text, None)
    return option_number(header.family, [text])


def _lines(checked: Checked, zone: tzinfo, language: Language) -> Iterator[str]:
    for each in checked.read:
        yield f"{each.header.name}: {shown(each.written, 100)}"
        if each.value is not None:
            yield f"    {explain(each.header, each.value, zone).in_(language)}"
    if not checked.read:
        yield _NONE.in_(language)
    yield from (described(finding, language) for finding in checked.findings)


def _document(checked: Checked, zone: tzinfo) -> dict[str, object]:
    return {
        "headers": [_header_document(each, zone) for each in checked.read],
        "findings": [finding.to_json() for finding in checked.findings],
    }


def _header_document(each: Read, zone: tzinfo) -> dict[str, object]:
    value: object = each.value
    names: tuple[str, ...] = ()
    unknown = 0
    if isinstance(value, datetime):
        value = write_time(value, zone)
    elif isinstance(value, int) and each.header.family:
        found = decode(each.header.family, value)
        names, unknown = found.names, found.unknown
    said = None if each.value is None else explain(each.header, each.value, zone).to_json()
    return {
        "name": each.header.name,
        "written": each.written,
        "value": value,
        "family": each.header.family.key if each.header.family else None,
        "names": names,
        "unknown": unknown,
        "sentence": said,
    }
