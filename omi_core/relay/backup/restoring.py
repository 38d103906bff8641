"""A backup brought to relays that have no keys: read and judged before anything is touched.

The files go through `dkim/scripts.py` as those do that come from another relay, so that a
relay which was restored is as one that was deployed.
"""

from collections.abc import Generator
from pathlib import Path

from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from omi_core.backup.contents import MARKS, Backup, ControlFile, KeptKey, digest_of
from omi_core.backup.document import read
from omi_core.backup.fitting import lacking, require_fitting
from omi_core.backup.sealed import opened
from omi_core.certificates.kept_files import replace
from omi_core.engine import console, events
from omi_core.engine.given.run import is_set
from omi_core.engine.memory import RunMemory
from omi_core.engine.refusal import refusing
from omi_core.engine.rows import this_control
from omi_core.errors import InputError, ObservationError, OmiError
from omi_core.inventory.model import Environment, Relay
from omi_core.relay.backup import given
from omi_core.relay.backup.carried import packed
from omi_core.relay.backup.gathering import control_files, marks_of, places
from omi_core.relay.dkim import operations as dkim
from omi_core.relay.dkim.keys import HostKeys, KeyName
from omi_core.relay.dkim.scripts import MARK, RECEIVE, to_mark
from omi_core.secret import Secret

_AT_ONCE = 500  # keys that one command brings
_backups: RunMemory[Backup] = RunMemory()


@operation()
@refusing
def comparable(environment: Environment) -> Generator[PyinfraCommand]:
    """Refuse what cannot be restored, on every row, before anything is changed on any."""
    backup = _backup(environment)
    if this_control() is None:
        here = dkim.held(environment)[host.name]
        _lacking(backup, here)
    else:
        _others(backup, environment)
    console.noop(host, "nothing speaks against the backup")
    yield from ()


def _lacking(backup: Backup, here: HostKeys) -> list[KeptKey]:
    digests = {stem: key.digest for stem, key in here.items()}
    return lacking(backup, digests, host.name, replace=is_set(given.REPLACE))


def _others(backup: Backup, environment: Environment) -> list[ControlFile]:
    """Return which files of the control machine are to come; raises InputError."""
    where, here = places(environment), control_files(environment)
    lacks = [k for k, each in backup.files.items() if k in where and here.get(k) != each]
    others = [kind for kind in lacks if kind in here]
    if others and not is_set(given.REPLACE):
        raise InputError(
            "{path} is another than the backup has; --replace puts that of the backup in its place",
            path=where[others[0]],
        )
    return lacks


@operation()
@refusing
def restored(relay: Relay) -> Generator[StringCommand]:
    """Bring the keys of `--data backup=FILE`, opened by `--data identity=FILE`, to this relay."""
    backup = _backup(relay.environment)
    here = dkim.held(relay.environment)[host.name]
    keys = _lacking(backup, here)
    if not keys:
        console.noop(host, "every key of the backup is here")
        return
    lines = [f"backup: {key.stem} comes from the backup" for key in keys]
    console.log_each(host, lines, "backup: {count} keys come from the backup")
    yield StringCommand("true")  # what follows runs only while executing
    for at in range(0, len(keys), _AT_ONCE):
        archive = packed(keys[at : at + _AT_ONCE])
        yield StringCommand("sh", "-c", QuoteString(RECEIVE), _stdin=archive.unmask())
    if marks := _to_mark(keys, here):
        yield StringCommand("sh", "-c", QuoteString(MARK), _stdin=marks)
    dkim.look_again(relay.environment, (KeyName(key.domain, key.selector) for key in keys))
    now = dkim.held(relay.environment)[host.name]
    for key in keys:
        if key.stem not in now or now[key.stem].digest != key.digest:
            raise ObservationError(
                "{stem} is not on {relay} as the backup has it; run again",
                stem=key.stem,
                relay=host.name,
            )
    events.report("restored", relay=host.name, keys=len(keys))


def _to_mark(keys: list[KeptKey], here: HostKeys) -> str:
    """Return the marks that this relay had, and 0 for those that a key it has now has beyond."""
    text = ""
    for key in keys:
        before = marks_of(here[key.stem]) if key.stem in here else {}
        wanted = {**dict.fromkeys(before, 0), **key.marks.get(host.name, {})}
        name = KeyName(key.domain, key.selector)
        text += "".join(to_mark(mark, [name], wanted[mark]) for mark in MARKS if mark in wanted)
    return text


@operation()
@refusing
def restored_control(environment: Environment) -> Generator[PyinfraCommand]:
    """Bring the ACME account and the CA of the backup to the control machine."""
    if this_control() is None:
        console.noop(host, "it is about the control machine")
        return
    backup = _backup(environment)
    where, lacks = places(environment), _others(backup, environment)
    for kind in backup.files:
        if kind not in where:
            console.log(host, f"backup: {kind.value} is of another issuer, and left out")
    if not lacks:
        console.noop(host, "every file of the backup is here")
        return
    for kind in lacks:
        console.log(host, f"backup: {where[kind]} comes from the backup")
        yield FunctionCommand(_put, (kind, where[kind], backup.files[kind]), {})


def _put(state: State, host: Host, kind: ControlFile, path: Path, content: Secret) -> bool:  # noqa: ARG001 - pyinfra's signature
    mode = 0o644 if kind is ControlFile.CA_ROOT else 0o600
    try:
        replace(path, content.unmask().encode(), mode)
    except OmiError as error:
        console.log_styled(host, str(error), fg="red")
        return False
    events.report("restored-file", kind=kind.value, sha256=digest_of(content))
    return True


def _backup(environment: Environment) -> Backup:
    """Return the backup, read once a run; raises InputError where it cannot be used here."""
    known = _backups.now()
    if "backup" not in known:
        words = [str(host.data.get(key.name) or "") for key in (given.BACKUP, given.IDENTITY)]
        if not all(words):
            raise InputError("'omi restore' brings a backup back, and says which")
        found = read(opened(*map(Path, words)))
        is_partial_fine = is_set(given.PARTIAL)
        require_fitting(found, environment, dkim.order(), is_partial_fine=is_partial_fine)
        known["backup"] = found
    return known["backup"]
