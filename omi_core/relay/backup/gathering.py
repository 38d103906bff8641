"""A backup made from the relays' keys: read over SSH into memory, encrypted there, then written.

The control row does it, because it is one file of all relays. A private key is in this process's
memory alone until it is encrypted.
"""

import time
from collections.abc import Generator, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.backup.contents import MARKS, Backup, ControlFile, KeptKey
from omi_core.backup.document import MOST_OCTETS, written
from omi_core.backup.sealed import recipients_in, sealed
from omi_core.certificates.kept_files import read, read_private, replace, write_new
from omi_core.engine import console, events
from omi_core.engine.given.run import is_set
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import this_control
from omi_core.errors import InputError, ObservationError, OmiError
from omi_core.inventory.issuers import Acme, InternalCa
from omi_core.inventory.model import Environment
from omi_core.mailauth.dkim.selectors import ED25519_SUFFIX, SLOTS
from omi_core.names import Fqdn
from omi_core.relay.backup import given
from omi_core.relay.backup.carried import unpacked
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.dkim.keys import HostKey, KeyName
from omi_core.secret import Secret

_AT_ONCE = 500  # keys that one command hands over
_SELECTORS = {slot + suffix for slot in SLOTS for suffix in ("", ED25519_SUFFIX)}


@operation()
@refusing
def backed_up(environment: Environment) -> Generator[FunctionCommand]:
    """Write the keys of all relays into `--data file=FILE`, encrypted to `--data recipients=...`.

    Several recipients are separated by commas; `--data overwrite=true` replaces a file.
    """
    if this_control() is None:
        console.noop(host, "the backup is written from the control row")
        return
    recipients = recipients_in(str(host.data.get(given.RECIPIENTS.name) or "").split(","))
    file = Path(str(host.data.get(given.FILE.name) or ""))
    if not file.name:
        raise InputError("a backup needs --data file=FILE, which is to hold it")
    if file.exists() and not is_set(given.OVERWRITE):
        raise InputError("{file} is there already; --overwrite replaces it", file=file)
    if not (found := dkim.held(environment)):
        raise ObservationError("no relay was asked for its keys, so there is nothing to back up")
    for name in dkim.order():
        if name not in found:
            console.log(host, f"backup: {name} was not asked; its marks are not in the backup")
    yield FunctionCommand(_write, (environment, file, recipients), {})


def _write(
    state: State,  # noqa: ARG001 - pyinfra's signature
    host: Host,
    environment: Environment,
    file: Path,
    recipients: tuple[str, ...],
) -> bool:
    try:
        backup = gathered(environment)
        octets = sealed(written(backup), recipients)
        if len(octets) > MOST_OCTETS:
            raise InputError("{file} would be longer than a backup can be", file=file)
        (replace if is_set(given.OVERWRITE) else write_new)(file, octets)
    except OmiError as error:
        console.log_styled(host, str(error), fg="red")
        return False
    for domain in set(environment.signing_domains) - set(backup.domains):
        console.log(host, f"backup: {domain.relative} has no key yet, so none is in the backup")
    console.log(host, f"backup: {len(backup.keys):,} DKIM keys are in {file}")
    events.report(
        "backup",
        file=str(file),
        relays=list(backup.relays),
        domains=len(backup.domains),
        keys=len(backup.keys),
        files=[kind.value for kind in backup.files],
    )
    return True


def gathered(environment: Environment) -> Backup:
    """Return what the relays of this run and the control machine hold.

    Raises ObservationError where a relay does not hand over what it has.
    """
    found = dkim.held(environment)
    order = [name for name in dkim.order() if name in found]
    chosen = {stem: (name, found[name][stem]) for name in reversed(order) for stem in found[name]}
    names = {stem: name for stem in sorted(chosen) if (name := _name_of(stem))}
    private = dict(_handed_over(names, {stem: chosen[stem][0] for stem in names}))
    keys = [
        _kept(names[stem], chosen[stem][1], private.get(stem), _marks(stem, found))
        for stem in names
    ]
    return Backup(
        made=int(time.time()),
        inventory=environment.operator_zone.relative,
        zone=environment.operator_zone,
        relays=tuple(order),
        keys=tuple(keys),
        files=control_files(environment),
    )


def _name_of(stem: str) -> KeyName | None:
    """Return which key a file is; None for what somebody else put there."""
    domain, _, selector = stem.rpartition(".")
    try:
        name = KeyName(Fqdn.parse(domain), selector)
    except InputError:
        return None
    return name if selector in _SELECTORS and name.stem == stem else None


def _handed_over(
    names: Mapping[str, KeyName], sources: Mapping[str, str]
) -> Iterator[tuple[str, Secret]]:
    """Yield the private keys by stem, so many at once, each from the relay that is its source."""
    for source in dict.fromkeys(sources.values()):
        own = [names[stem] for stem, name in sources.items() if name == source]
        for at in range(0, len(own), _AT_ONCE):
            some = tuple(own[at : at + _AT_ONCE])
            yield from unpacked(dkim.handed_over(source, some), {key.stem for key in some})


def _kept(
    name: KeyName, seen: HostKey, private: Secret | None, marks: Mapping[str, Mapping[str, int]]
) -> KeptKey:
    kept = KeptKey(
        domain=name.domain,
        selector=name.selector,
        private=private or Secret(""),
        public=sha256(seen.public).hexdigest(),
        marks=marks,
    )
    if kept.digest != seen.digest:
        raise ObservationError(
            "the key {stem} changed while the backup was made; run again", stem=name.stem
        )
    return kept


def _marks(stem: str, found: Mapping[str, Mapping[str, HostKey]]) -> dict[str, dict[str, int]]:
    every = {relay: marks_of(keys[stem]) for relay, keys in found.items() if stem in keys}
    return {relay: marks for relay, marks in every.items() if marks}


def marks_of(key: HostKey) -> dict[str, int]:
    """Return the marks that are set beside a key."""
    times = (key.proven, key.signed, key.rolled_back_at, key.gone)
    return {mark: seconds for mark, seconds in zip(MARKS, times, strict=True) if seconds}


def places(environment: Environment) -> dict[ControlFile, Path]:
    """Return where the control machine's files lie, by the inventory's issuer."""
    match environment.issuer:
        case Acme() as issuer:
            from omi_core.certificates.issuers.acme.account import KEY_FILE  # slow

            return {ControlFile.ACME_ACCOUNT: issuer.directory / KEY_FILE}
        case InternalCa() as issuer:
            return {
                ControlFile.CA_KEY: issuer.directory / "root.key",
                ControlFile.CA_ROOT: issuer.directory / "root.pem",
            }
    return {}


def control_files(environment: Environment) -> dict[ControlFile, Secret]:
    """Return those of them that are there; raises InputError where one cannot be read."""
    return {
        kind: Secret((read if kind is ControlFile.CA_ROOT else read_private)(path).decode("ascii"))
        for kind, path in places(environment).items()
        if path.exists()
    }
