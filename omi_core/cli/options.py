"""`omi options`: the send engine's numbers, readable and writable."""

from collections.abc import Iterator

import click

from omi_core.cli.arguments import (
    FamilyType,
    complete_name,
    json_option,
    language_option,
    option_number,
    refusal,
)
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import described, emit, emit_json, in_columns, warn
from omi_core.errors import InputError
from omi_core.findings.finding import Finding, has_errors
from omi_core.language import Language
from omi_core.options.codec import Decoded
from omi_core.options.codec import decode as decoded_number
from omi_core.options.explain import note
from omi_core.options.family import Family
from omi_core.options.reading import read_number
from omi_core.options.registry import FAMILIES


@click.group()
def options() -> None:
    """The send engine's option numbers, such as X-LinkOption: 192.

    FAMILY is one of launch, job, link, list, send, former-content, former-list, attach,
    link-position, link-type, link-class, deliver-type-email, deliver-type-message. NAME is the
    guide's constant (cLKNotTrackOpenMask), its short form (NotTrackOpen) or the Python member
    (NOT_TRACK_OPEN), in any case.
    """


@options.command("list")
@click.argument("family", type=FamilyType(), required=False)
@language_option
@json_option
def list_families(family: Family | None, language: Language, as_json: bool) -> int:
    """Show families, members, values and notes."""
    chosen = [family] if family else list(FAMILIES.values())
    if as_json:
        emit_json({"families": [_family_document(one) for one in chosen]})
    else:
        emit("\n\n".join("\n".join(_family_lines(one, language)) for one in chosen))
    return 0


@options.command(short_help="Print the number for names.")
@click.argument("family", type=FamilyType())
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=complete_name)
@language_option
@json_option
def encode(family: Family, names: tuple[str, ...], language: Language, as_json: bool) -> int:
    """Print the number for NAMEs; a number among them is added as it is.

    Several names may also be given in one argument, separated by commas.
    """
    value = option_number(family, names)
    found = decoded_number(family, value)
    return _show(found, str(value), found.findings, language, as_json=as_json)


@options.command(
    short_help="Print the names in a number.",
    context_settings={"ignore_unknown_options": True},  # NUMBER may be negative
)
@click.argument("family", type=FamilyType())
@click.argument("number")
@language_option
@json_option
def decode(family: Family, number: str, language: Language, as_json: bool) -> int:
    """Print the names in NUMBER, one a line; bits without a name are printed as a number.

    NUMBER is decimal or hexadecimal (0x40). Findings go to stderr. What is printed can be given
    to `omi options encode` again.
    """
    reading = read_number(number, subject=family.title, family=family, hex_allowed=True)
    if reading.value is None:
        raise InputError(refusal(reading.findings))
    found = decoded_number(family, reading.value)
    rest = [str(found.unknown)] if found.unknown or not found.names else []
    shown = "\n".join([*found.names, *rest])
    findings = (*reading.findings, *found.findings)
    return _show(found, shown, findings, language, as_json=as_json)


@options.command(short_help="Say what a header does.")
@click.argument("header", metavar="HEADER")
@click.option("--zone", default="Asia/Taipei", show_default=True, help="Zone of bare times.")
@language_option
@json_option
def explain(header: str, zone: str, language: Language, as_json: bool) -> int:
    """Say in a sentence what HEADER does, for example 'X-LinkOption: 192'.

    Any control header is explained, and 'FAMILY: NUMBER' for families without a header.
    """
    from omi_core.cli.explained import explained

    answer = explained(header, zone)
    if as_json:
        emit_json(answer.to_json())
    else:
        lines = [answer.sentence.in_(language)] if answer.sentence else []
        lines += [described(finding, language) for finding in answer.findings]
        emit(stacked(lines))
    return int(has_errors(answer.findings))


def _show(
    found: Decoded,
    shown: str,
    findings: tuple[Finding, ...],
    language: Language,
    *,
    as_json: bool,
) -> int:
    if as_json:
        emit_json(_number_document(found, findings))
    else:
        emit(shown)
        warn(findings, language)
    return int(has_errors(findings))


def _number_document(found: Decoded, findings: tuple[Finding, ...]) -> dict[str, object]:
    return {
        "family": found.family.key,
        "value": found.value,
        "names": found.names,
        "constants": found.constants,
        "unknown": found.unknown,
        "findings": [finding.to_json() for finding in findings],
    }


def _family_lines(family: Family, language: Language) -> Iterator[str]:
    header = f", {family.header}" if family.header else ""
    yield f"{family.key} ({family.title}{header}): {family.about.in_(language)}"
    yield from in_columns(
        (str(int(member)), family.short(member), note(member).in_(language))
        for member in family.members()
    )


def _family_document(family: Family) -> dict[str, object]:
    return {
        "family": family.key,
        "title": family.title,
        "header": family.header,
        "shape": family.shape.value,
        "mask": family.mask,
        "job_type": family.job_type,
        "about": family.about.to_json(),
        "members": [
            {
                "value": int(member),
                "name": family.short(member),
                "constant": member.constant,
                "python": member.name,
                "note": note(member).to_json(),
            }
            for member in family.members()
        ],
    }
