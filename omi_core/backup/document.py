"""A backup as octets, before they are encrypted: a line, a manifest in JSON, and what it names.

Whoever knows a recipient can make such a file, so everything in it is judged: sizes before octets
are taken, names as domains and selectors, keys as keys. Nothing in it is a path.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from omi_core.backup.contents import MARKS, Backup, ControlFile, KeptKey, digest_of
from omi_core.backup.pem import fingerprint
from omi_core.errors import InputError
from omi_core.mailauth.dkim.selectors import ED25519_SUFFIX, SLOTS
from omi_core.names import Fqdn
from omi_core.secret import Secret
from omi_core.text import Text

FORMAT = 1
MOST_OCTETS = 256 * 1024 * 1024
MOST_KEYS = 200_000
LONGEST_SECRET = 16_384
_LONGEST_MANIFEST = MOST_OCTETS // 2
_FIRST = b"omi-relay backup "
_SELECTORS = {slot + suffix for slot in SLOTS for suffix in ("", ED25519_SUFFIX)}
_LATEST = 253_402_300_800  # the year 10000, in seconds
_MOST_RELAYS = 1000
_LONGEST_NAME = 255


def written(backup: Backup) -> Secret:
    """Return the plain text of a backup."""
    payload = [each.private for each in backup.keys] + list(backup.files.values())
    manifest = {
        "made": backup.made,
        "inventory": backup.inventory,
        "zone": backup.zone.relative,
        "relays": list(backup.relays),
        "dkim": [_described(each) for each in backup.keys],
        "files": [{"kind": kind.value, **_size(each)} for kind, each in backup.files.items()],
    }
    head = f"{_FIRST.decode()}{FORMAT}\n{json.dumps(manifest)}\n"
    return Secret(head + "".join(each.unmask() for each in payload))


def read(text: bytes) -> Backup:
    """Return the backup that `text` is; raises InputError for everything else."""
    rest = _body(text)
    line, found, payload = rest.partition(b"\n")
    if not found or len(line) > _LONGEST_MANIFEST:
        raise _damaged(Text("it has no manifest"))
    try:
        return _backup(json.loads(line), payload)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        # Never what the error says: it may quote what is in the file.
        raise _damaged(Text("its manifest cannot be read")) from None


def _body(text: bytes) -> bytes:
    """Return what stands behind the first line, which says the format."""
    if not text.startswith(_FIRST):
        raise InputError("this is not a backup of Omi Relay")
    line, _, rest = text.partition(b"\n")
    number = line[len(_FIRST) :]
    if not number.isdigit() or len(number) > len(str(_LATEST)):
        raise _damaged(Text("it does not say its format"))
    if int(number) > FORMAT:
        raise InputError(
            "the backup has format {number}, and this version reads {known}; use the newer version "
            "that made it",
            number=int(number),
            known=FORMAT,
        )
    return rest


def _backup(manifest: Mapping[str, Any], payload: bytes) -> Backup:
    keys, files, relays = manifest["dkim"], manifest["files"], manifest["relays"]
    if len(keys) > MOST_KEYS or len(files) > len(ControlFile) or len(relays) > _MOST_RELAYS:
        raise _damaged(Text("it names more than a relay can have"))
    parts = _parts([*keys, *files], payload)
    backup = Backup(
        made=_number(manifest["made"]),
        inventory=_text(manifest["inventory"]),
        zone=Fqdn.parse(_text(manifest["zone"])),
        relays=tuple(Fqdn.parse(_text(each)).relative for each in relays),
        keys=tuple(_key(each, next(parts)) for each in keys),
        files={ControlFile(_text(each["kind"])): next(parts) for each in files},
    )
    next(parts, None)  # looks whether anything is left
    if len({each.stem for each in backup.keys}) < len(keys) or len(backup.files) < len(files):
        raise _damaged(Text("it names something twice"))
    return backup


def _parts(entries: list[Mapping[str, Any]], payload: bytes) -> Iterator[Secret]:
    """Yield what each entry names, in their order, exactly as it was."""
    at = 0
    for each in entries:
        size = _number(each["size"])
        if not 0 < size <= LONGEST_SECRET:
            raise _damaged(Text("a key in it has no size that a key can have"))
        octets = payload[at : at + size]
        if len(octets) < size:
            raise _damaged(Text("it is cut off"))
        if sha256(octets).hexdigest() != each["sha256"]:
            raise _damaged(Text("a key in it is not what the manifest says"))
        at += size
        yield Secret(octets.decode("ascii"))
    if at != len(payload):
        raise _damaged(Text("it holds more than its manifest names"))


def _key(entry: Mapping[str, Any], private: Secret) -> KeptKey:
    domain, selector = Fqdn.parse(_text(entry["domain"])), _text(entry["selector"])
    if selector not in _SELECTORS:
        raise _damaged(Text("a selector in it is none of ours"))
    public = fingerprint(private, is_ed25519=selector.endswith(ED25519_SUFFIX))
    if public is None or public != entry["public"]:
        raise InputError(
            "the backup is damaged: what it has as {selector} of {domain} is not that key",
            selector=selector,
            domain=domain.relative,
        )
    marks = {Fqdn.parse(name).relative: _marks(each) for name, each in entry["marks"].items()}
    return KeptKey(domain=domain, selector=selector, private=private, public=public, marks=marks)


def _marks(entry: Mapping[str, Any]) -> dict[str, int]:
    if not set(entry) <= set(MARKS):
        raise _damaged(Text("it remembers what no relay does"))
    return {name: _number(seconds) for name, seconds in entry.items()}


def _described(key: KeptKey) -> Mapping[str, object]:
    return {
        "domain": key.domain.relative,
        "selector": key.selector,
        "public": key.public,
        "marks": {relay: dict(marks) for relay, marks in key.marks.items()},
        **_size(key.private),
    }


def _size(content: Secret) -> Mapping[str, object]:
    return {"size": len(content.unmask()), "sha256": digest_of(content)}


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _LATEST:
        raise _damaged(Text("a number in it is none"))
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise _damaged(Text("a name in it is none"))
    return value


def _damaged(why: Text) -> InputError:
    return InputError("the backup is damaged: {why}", why=why)
