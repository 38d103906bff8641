"""Whether a backup is one of this inventory, and whole enough for it. Pure."""

from collections.abc import Iterable, Mapping

from omi_core.backup.contents import Backup, KeptKey
from omi_core.errors import InputError
from omi_core.inventory.model import Environment

_NAMED = 3  # domains that a sentence names


def require_fitting(
    backup: Backup, environment: Environment, relays: Iterable[str], *, is_partial_fine: bool
) -> None:
    """Raise InputError where the backup is of another inventory, or lacks a key that this needs."""
    if backup.zone != environment.operator_zone:
        raise InputError(
            "the backup is of another inventory: its operator zone is {theirs}, and not {ours}",
            theirs=backup.zone.relative,
            ours=environment.operator_zone.relative,
        )
    names = tuple(relays)
    if not set(backup.relays) & set(names):
        raise InputError(
            "the backup is of another inventory: it is of {theirs}, and none of these is in this "
            "one",
            theirs=_some(backup.relays),
        )
    present = frozenset(backup.domains)
    missing = [each.relative for each in environment.signing_domains if each not in present]
    if missing and not is_partial_fine:
        raise InputError(
            "the backup has no key of {missing}; if they came after it was made, --partial "
            "restores the others, and the next deploy makes new ones for these",
            missing=_some(missing),
        )


def lacking(backup: Backup, here: Mapping[str, str], relay: str, *, replace: bool) -> list[KeptKey]:
    """Return the keys that a relay lacks; `here` has the SHA-256 of each key's file, by stem.

    Raises InputError where it has others of the same domains, unless they are to be replaced.
    """
    theirs = {each.stem: each for each in backup.keys}
    domains = {each.domain.relative for each in backup.keys}
    others = [
        stem
        for stem, digest in here.items()
        if (stem in theirs and theirs[stem].digest != digest)
        or (stem not in theirs and stem.rpartition(".")[0] in domains)
    ]
    if others and not replace:
        raise InputError(
            "{relay} has other keys than the backup: {others}; --replace puts those of the backup "
            "in their place",
            relay=relay,
            others=_some(others),
        )
    return [each for each in backup.keys if here.get(each.stem) != each.digest]


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" (+{more})" if more > 0 else "")
