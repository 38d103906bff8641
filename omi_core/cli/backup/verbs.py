"""`omi backup` and `omi restore`: `deploys/backup.py` and `deploys/restore.py`, with a result."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from omi_core.backup.contents import Backup
from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.reader import tell
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError, system_text
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.language import Language
from omi_core.places import DEPLOYS
from omi_core.text import Text

_PATIENCE_S = 3600
_MADE = Text("{file}: {keys} keys of {domains} domains, for {recipients} recipients")
_HELD = Text("{file}: made {when}, {keys} keys of {domains} domains, of {relays}")
_RESTORED = Text("{relay}: {keys} keys restored")
_PUT = Text("this machine: {kind} restored")
_NOTHING = Text("everything of the backup is there already")
_DRY = Text("nothing was changed; what would be done stands above")
_FAILED = Text("it did not succeed; what happened stands above")

Command = Callable[..., int]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--recipient",
    "recipients",
    metavar="AGE1...",
    multiple=True,
    help="Who can read the backup, by age's public key; may be repeated.",
)
@click.option(
    "--recipients-file",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Recipients, one a line, as age -R reads them.",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE where it is there already.")
@inventory_option
@language_option
@json_option
def backup(
    *,
    file: Path,
    recipients: tuple[str, ...],
    files: tuple[Path, ...],
    overwrite: bool,
    inventory: Path,
    language: Language,
    as_json: bool,
) -> int:
    """Copy the DKIM keys of all relays, the ACME account and the internal CA into FILE, encrypted.

    No private identity is needed for it. Exit code 1: a relay could not be asked, and there is no
    backup.
    """
    from omi_core.inventory.load import relays_in

    relays_in(inventory)
    wanted = _recipients(recipients, files)
    if file.exists() and not overwrite:
        raise InputError("{file} is there already; --overwrite replaces it", file=file)
    data = {"file": str(file.resolve()), "recipients": ",".join(wanted)}
    code, events = _deployed("backup.py", inventory, data | _flags(overwrite=overwrite))
    made = next((each for each in events if each["event"] == "backup"), None)
    if as_json:
        emit_json({"backup": _without_event(made), "exit_code": code})
    elif made is None:
        emit(_FAILED.in_(language))
    else:
        counts = {"keys": _count(made, "keys"), "domains": _count(made, "domains")}
        emit(_MADE.format(file=str(file), recipients=len(wanted), **counts).in_(language))
    return code


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--identity",
    metavar="KEYFILE",
    required=True,
    type=click.Path(path_type=Path),
    help="The private key that it was encrypted for, as age-keygen writes it.",
)
@click.option("--replace", is_flag=True, help="Replace other keys that the relays have.")
@click.option("--partial", is_flag=True, help="Restore though domains have no key in the backup.")
@click.option("--dry", is_flag=True, help="Say what would be done, and do nothing.")
@inventory_option
@language_option
@json_option
def restore(
    *,
    file: Path,
    identity: Path,
    replace: bool,
    partial: bool,
    dry: bool,
    inventory: Path,
    language: Language,
    as_json: bool,
) -> int:
    """Bring the keys in FILE to the relays of the inventory; then deploy them.

    Exit code 1: a relay could not be restored, or has other keys; 2: the backup cannot be used
    here.
    """
    held = _judged(file, identity, inventory, is_partial_fine=partial)
    data = {"backup": str(file.resolve()), "identity": str(identity.resolve())}
    data |= _flags(replace=replace, partial=partial)
    code, events = _deployed("restore.py", inventory, data, ("--dry",) if dry else ())
    relays = [each for each in events if each["event"] == "restored"]
    files = [each for each in events if each["event"] == "restored-file"]
    if as_json:
        emit_json(
            {
                "backup": _summary(held),
                "restored": [_without_event(each) for each in relays],
                "files": [str(each["kind"]) for each in files],
                "dry": dry,
                "exit_code": code,
            }
        )
        return code
    emit(_about(file, held).in_(language))
    for each in relays:
        emit(_RESTORED.format(relay=str(each["relay"]), keys=_count(each, "keys")).in_(language))
    for each in files:
        emit(_PUT.format(kind=str(each["kind"])).in_(language))
    if code:
        emit(_FAILED.in_(language))
    elif dry:
        emit(_DRY.in_(language))
    elif not events:
        emit(_NOTHING.in_(language))
    return code


def _judged(file: Path, identity: Path, inventory: Path, *, is_partial_fine: bool) -> Backup:
    """Return the backup; raises InputError, before any relay is asked, where it does not fit."""
    from omi_core.backup.document import read
    from omi_core.backup.fitting import require_fitting
    from omi_core.backup.sealed import opened
    from omi_core.inventory.load import relays_in

    relays = relays_in(inventory)
    held = read(opened(file, identity))
    names = [each.name.relative for each in relays]
    require_fitting(held, relays[0].environment, names, is_partial_fine=is_partial_fine)
    return held


def _recipients(words: tuple[str, ...], files: tuple[Path, ...]) -> tuple[str, ...]:
    from omi_core.backup.sealed import recipients_in

    given = recipients_in(words) if words or not files else ()
    for each in files:
        try:
            text = each.read_text("utf-8")
        except OSError as error:
            raise InputError(
                "{file!r} cannot be read: {strerror}", file=str(each), strerror=system_text(error)
            ) from None
        except UnicodeDecodeError:
            raise InputError("{file!r} holds no age recipients", file=str(each)) from None
        given += recipients_in([text], str(each))
    return tuple(dict.fromkeys(given))


def _deployed(
    script: str, inventory: Path, data: Mapping[str, str], words: tuple[str, ...] = ()
) -> tuple[int, list[Mapping[str, object]]]:
    """Run a deploy, its words on stderr; return 0 or 1, and what it reported."""
    from omi_core.relay.own_process import deploy

    with TemporaryDirectory() as directory:
        events = Path(directory) / "events"
        told = {**data, "events": str(events)}
        done = deploy(inventory, DEPLOYS / script, told, patience_s=_PATIENCE_S, words=words)
        lines = events.read_text("utf-8").splitlines() if events.exists() else []
    tell(done.stdout)
    return FINDINGS if done.returncode else FINE, [json.loads(line) for line in lines]


def _flags(**flags: bool) -> dict[str, str]:
    return {name: "true" for name, is_set in flags.items() if is_set}


def _without_event(told: Mapping[str, object] | None) -> Mapping[str, object] | None:
    return None if told is None else {k: v for k, v in told.items() if k != "event"}


def _count(told: Mapping[str, object], key: str) -> int:
    """Return a number that a deploy reported."""
    found = told[key]
    return found if isinstance(found, int) else 0


def _about(file: Path, held: Backup) -> Text:
    return _HELD.format(
        file=str(file),
        when=_moment(held.made),
        keys=len(held.keys),
        domains=len(held.domains),
        relays=", ".join(held.relays),
    )


def _summary(held: Backup) -> Mapping[str, object]:
    return {
        "made": _moment(held.made),
        "inventory": held.inventory,
        "relays": list(held.relays),
        "keys": [
            {"domain": each.domain.relative, "selector": each.selector, "public": each.public}
            for each in held.keys
        ],
        "files": [kind.value for kind in held.files],
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
