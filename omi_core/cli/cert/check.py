"""`omi cert check`: a certificate at a listener or in a file, and what clients say to it."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.screen import Drawn, stacked
from omi_core.cli.smtp.arguments import ca_option, resolved
from omi_core.cli.terminal import described, emit, emit_json
from omi_core.errors import InputError, text_of
from omi_core.findings.cause import findings_once
from omi_core.language import Language
from omi_core.message.launch_time import told_date
from omi_core.names import Fqdn
from omi_core.text import Text, labelled

if TYPE_CHECKING:
    from omi_core.certificates.report import CertificateReport
    from omi_core.certificates.rules import CertificateRequirements

_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LABELS = {
    "names": Text("names"),
    "issuer": Text("issuer"),
    "valid": Text("valid"),
    "key": Text("key"),
    "chain": Text("chain"),
    "sha256": Text.plain("sha256"),
}
_DAYS = Text("{begin} to {end}, {days} days left")
_NONE = Text("none")
_UNREADABLE = Text("the certificate cannot be read: {why}")
_NOT_SEEN = Text("could not look: {why}")
_CLIENTS = Text("what customers see:")


@click.command()
@click.argument("places", metavar="HOST[:PORT]...|FILE", nargs=-1, required=True)
@click.option("--name", "names", metavar="NAME", multiple=True, help="A name that it must cover.")
@click.option("--key", "key_file", metavar="FILE", help="The private key that it must be for.")
@click.option(
    "--fingerprint", "fingerprints", metavar="SHA256", multiple=True, help="What must be served."
)
@click.option("--resolve", metavar="NAME=ADDRESS", multiple=True, help="Do not ask DNS for NAME.")
@click.option("--days", default=14, show_default=True, help="Warn of fewer days left.")
@click.option("--timeout", default=20.0, show_default=True, help="Seconds a conversation may take.")
@ca_option
@language_option
@json_option
def check(places: tuple[str, ...], language: Language, as_json: bool, **given: Any) -> int:
    """Say what certificate each listener serves, or a file holds, and what clients say to it.

    HOST without PORT means 25, 465 and 587. Where something is wrong, the words are shown that
    PHP, Python and Outlook use for it.
    """
    from omi_core.certificates.report import exit_code

    found = tuple(_look(places, CheckOptions(**given)))
    if as_json:
        emit_json({"places": [one.to_json() for one in found], "exit_code": exit_code(found)})
    else:
        for block in _blocks(found, language):
            emit(block)
    return exit_code(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What the command line of `omi cert check` says."""

    names: tuple[str, ...]
    key_file: str | None
    fingerprints: tuple[str, ...]
    resolve: tuple[str, ...]
    days: int
    timeout: float
    ca_file: Path | None


def _look(places: tuple[str, ...], options: CheckOptions) -> "Iterator[CertificateReport]":
    names = tuple(Fqdn.parse(one) for one in options.names)
    files = [one for one in places if _is_file(one)]
    for one in files:
        yield _of_file(one, names, options, is_only=len(places) == 1)
    hosts = [one for one in places if one not in files]
    if hosts:
        yield from _of_hosts(hosts, names, options)


def _is_file(place: str) -> bool:
    return "/" in place or Path(place).suffix in {".pem", ".crt", ".cer"} or Path(place).is_file()


def _of_file(
    place: str, names: tuple[Fqdn, ...], options: CheckOptions, *, is_only: bool
) -> "CertificateReport":
    """Look at a file; where there are other places, one that cannot be read is not checked."""
    from omi_core.certificates.chain import Chain, utc_now
    from omi_core.certificates.kept_files import read
    from omi_core.certificates.readable import UnreadableError
    from omi_core.certificates.report import contained, inspect, not_looked

    wanted, fingerprints = _wanted(names, options), _fingerprints(options)
    try:
        chain = Chain.parse(read(Path(place)))
    except UnreadableError as error:
        return not_looked(place, _UNREADABLE.format(why=text_of(error)))
    except InputError as error:
        if is_only:
            raise
        return not_looked(place, text_of(error))
    return contained(place, lambda: inspect(place, chain, wanted, utc_now(), fingerprints))


def _of_hosts(
    hosts: list[str], names: tuple[Fqdn, ...], options: CheckOptions
) -> "Iterator[CertificateReport]":
    from omi_core.certificates.chain import utc_now
    from omi_core.certificates.report import contained, inspect, not_looked
    from omi_core.probe.certificates import ListenerTarget, look_at

    if options.timeout <= 0:
        raise InputError("--timeout must be a number of seconds greater than 0")
    targets = [ListenerTarget.parse(one, names) for one in hosts]
    resolve = resolved(options.resolve)
    fingerprints = _fingerprints(options)
    wanted = {one.name: _wanted(names or (one.name,), options) for one in targets}
    for one in asyncio.run(look_at(targets, resolve=resolve, timeout_s=options.timeout)):
        if one.chain is None:
            found = not_looked(one.subject, one.problem or _NONE)
        else:
            judged = (one.subject, one.chain, wanted[one.name], utc_now(), fingerprints)
            found = contained(one.subject, partial(inspect, *judged))
        address = None if one.address is None else str(one.address)
        yield replace(found, address=address, port=one.port)


def _wanted(names: tuple[Fqdn, ...], options: CheckOptions) -> "CertificateRequirements":
    from omi_core.certificates.private_key import public_half
    from omi_core.certificates.rules import CertificateRequirements
    from omi_core.certificates.trust import roots_in

    key = options.key_file
    return CertificateRequirements(
        names=names,
        key=None if key is None else public_half(Path(key)),
        roots=roots_in(options.ca_file),
        days=options.days,
    )


def _fingerprints(options: CheckOptions) -> tuple[str, ...]:
    found = tuple(one.replace(":", "").lower() for one in options.fingerprints)
    for one in found:
        if not _FINGERPRINT.fullmatch(one):
            raise InputError("--fingerprint {one!r} is not an SHA-256 in hexadecimal", one=one[:70])
    return found


def _blocks(found: "tuple[CertificateReport, ...]", language: Language) -> "Iterator[Drawn]":
    """Yield each certificate, or why there is none, once: below the places where it is so."""
    together: dict[object, list[CertificateReport]] = {}
    for one in found:
        same = (one.chain, one.words) if one.chain else (None, one.problem)
        together.setdefault(same, []).append(one)
    for each in together.values():
        lines = [one.subject for one in each]
        lines += [f"    {line}" for line in _facts(each[0], language)]
        findings = findings_once(one for place in each for one in place.findings)
        lines += [described(one, language) for one in findings]
        lines += _words(each[0], language)
        yield stacked(lines)


def _facts(one: "CertificateReport", language: Language) -> Iterator[str]:
    if one.chain is None:
        yield _NOT_SEEN.format(why=one.problem or _NONE).in_(language)
        return

    leaf = one.chain.leaf
    begin, end = (told_date(t) for t in (leaf.not_valid_before_utc, leaf.not_valid_after_utc))
    facts = {
        "names": ", ".join(one.chain.names) or _NONE.in_(language),
        "issuer": leaf.issuer.rfc4514_string() or _NONE.in_(language),
        "valid": _DAYS.format(begin=begin, end=end, days=one.days).in_(language),
        "key": one.chain.key_kind,
        # A certificate without a subject is called by its first name.
        "chain": " > ".join(
            c.subject.rfc4514_string() or next(filter(None, one.chain.names), _NONE.in_(language))
            for c in one.chain.certificates
        ),
        "sha256": one.chain.fingerprint,
    }
    yield from (labelled(_LABELS[key], value).in_(language) for key, value in facts.items())


def _words(one: "CertificateReport", language: Language) -> list[str]:
    if not one.words:
        return []
    lines = [f"      {said.client}: {said.words.in_(language)}" for said in one.words]
    return [f"    {_CLIENTS.in_(language)}", *lines]
