"""The public DKIM keys of the relays outside of a deploy: asked over SSH, or read from a file.

They are asked by pyinfra in a process of its own, since its command line replaces the sockets of
this one. A file holds what the same command printed elsewhere, for a machine that cannot log in.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from omi_core.dns.operator import SenderDomain
from omi_core.errors import InputError, ObservationError, system_text
from omi_core.inventory.model import Environment, Relay
from omi_core.mailauth.dkim.record import DkimKey
from omi_core.mailauth.dkim.selectors import all_selectors
from omi_core.names import Fqdn
from omi_core.relay.dkim.keys import HostKey, HostKeys, KeyName, signing_selectors

FACT = "omi_core.relay.dkim.keys.DkimKeys"
PATIENCE_S = 120

Held = Mapping[str, HostKeys]  # by relay, in the inventory's order


def asked(inventory: Path, relays: Iterable[Relay]) -> Held:
    """Log in on every relay and return its keys; ObservationError if one cannot be asked."""
    words = [sys.executable, "-m", "pyinfra", "--json", str(inventory), "fact", FACT]
    try:
        done = subprocess.run(
            words, capture_output=True, check=False, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise ObservationError(
            "the relays did not answer within {patience_s} s", patience_s=PATIENCE_S
        ) from None
    said = done.stderr.decode("utf-8", "replace")
    try:
        found = _keys(json.loads(done.stdout), relays)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ObservationError(
            "the relays could not be asked for their keys: {said}", said=_last(said)
        ) from None
    if missing := [relay.name.relative for relay in relays if relay.name.relative not in found]:
        raise ObservationError(
            "{missing} could not be asked for its keys: {said}",
            missing=missing[0],
            said=_last(said),
        )
    return found


def written(file: Path, relays: Iterable[Relay]) -> Held:
    """Return the keys that `pyinfra --json INVENTORY fact ...DkimKeys` wrote into a file.

    Raises InputError if it is something else, or holds none of `relays`.
    """
    try:
        found = _keys(json.loads(file.read_text(encoding="utf-8")), relays)
    except OSError as error:
        raise InputError(
            "the keys {file!r} cannot be read: {strerror}",
            file=str(file),
            strerror=system_text(error),
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise InputError(
            "{file!r} does not hold what `fact {fact}` prints", file=str(file), fact=FACT
        ) from None
    if not found:
        raise InputError("{file!r} holds the keys of no relay of this inventory", file=str(file))
    return found


def _keys(document: Any, relays: Iterable[Relay]) -> dict[str, HostKeys]:
    rows = document[FACT]
    names = [relay.name.relative for relay in relays]
    return {
        name: {stem: _key(entry) for stem, entry in rows[name].items()}
        for name in names
        if name in rows
    }


def _key(entry: Mapping[str, str]) -> HostKey:
    return HostKey(digest=entry["digest"], public=base64.b64decode(entry["public"], validate=True))


def _last(said: str) -> str:
    """The last line of what pyinfra said, in which it says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("--> ") if lines else "it said nothing"


def sender_domain(
    domain: Fqdn,
    environment: Environment,
    held: Collection[HostKeys],
    withdrawn: Collection[str] = (),
) -> SenderDomain:
    """A domain with its public keys; of relays that disagree, the first one is right.

    `withdrawn` are slots, each with a selector for every algorithm.
    """
    selectors = all_selectors(environment)
    gone = frozenset(s for slot in withdrawn for s in signing_selectors(environment, slot))
    stems = {each: KeyName(domain, each).stem for each in selectors if each not in gone}
    found = {
        selector: next((keys[stem].public for keys in held if stem in keys), None)
        for selector, stem in stems.items()
    }
    return SenderDomain(
        name=domain,
        keys={each: DkimKey.from_spki(public) for each, public in found.items() if public},
        selectors=selectors,
        withdrawn=gone,
        sends=environment.sends(domain),
    )
