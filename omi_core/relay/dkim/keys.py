"""DKIM keys on the relays: which must exist, which are there, and who lacks what.

A key belongs to the sender domain and is the same on every relay, so that a customer enters two
CNAMEs once, whatever the number of relays. `dkim.py` carries the keys; this module decides.
"""

import base64
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase

from omi_core.inventory.model import Environment
from omi_core.mailauth.dkim.rotation import Slot, SlotsSeen
from omi_core.mailauth.dkim.selectors import ED25519_SUFFIX, SLOTS, suffixes
from omi_core.names import Fqdn
from omi_core.relay.daemons import signer

DIRECTORY = "/etc/omi/dkim"
GROUP = signer.ACCOUNT
MODE = "640"
SIGNING_SLOT = SLOTS[0]
# What is remembered of a slot, beside its RSA key: the endings of the marks' files.
PROVEN, SIGNED, ROLLED_BACK = "proven", "signed", "left"
# Since when no customer's file names its domain any more.
GONE = "gone"

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class KeyName:
    """Which key: the sender domain and the selector, as in the name of its file."""

    domain: Fqdn
    selector: str

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return f"{self.domain.relative}.{self.selector}"

    @property
    def algorithm(self) -> str:
        """The algorithm as openssl-genpkey(1) names it."""
        return "ED25519" if self.selector.endswith(ED25519_SUFFIX) else "RSA"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKey:
    """A key on a host: the digest of its private file, and its SubjectPublicKeyInfo in DER.

    `guarded` is whether the signer and nobody else may read it. `proven` is when all servers were
    first seen to have it, `signed` since when this host signs with its slot, `rolled_back_at` when
    a rotation to it was rolled back, `gone` since when no customer has its domain: seconds since
    the epoch, or 0.
    """

    digest: str
    public: bytes
    guarded: bool = field(default=True, compare=False)
    proven: int = field(default=0, compare=False)
    signed: int = field(default=0, compare=False)
    rolled_back_at: int = field(default=0, compare=False)
    gone: int = field(default=0, compare=False)

    def to_json(self) -> object:
        """Return what `pyinfra --json INVENTORY fact ...` prints; there is no secret in it."""
        public = base64.b64encode(self.public).decode()
        times = {PROVEN: self.proven, SIGNED: self.signed, ROLLED_BACK: self.rolled_back_at}
        return {"digest": self.digest, "public": public, "guarded": self.guarded, **times}


HostKeys = Mapping[str, HostKey]


class DkimKeys(FactBase[HostKeys]):
    """The keys on a host, by file stem. Private keys are named by digest only."""

    def command(self, stems: tuple[str, ...] = ()) -> StringCommand:
        """Print `<digest> <stem>.key` for each private file, public lines, marks, loose files.

        With `stems`, of these keys alone.
        """
        private, public, marks = (_named(stems, ending) for ending in (".key", ".pub", ".*.mark"))
        return StringCommand(
            f"! test -d {DIRECTORY} || {{ cd {DIRECTORY};"
            f" find . -maxdepth 1 {private} -exec sha256sum {{}} +;"
            f" find . -maxdepth 1 '(' {public} -o {marks} ')' -exec cat {{}} +;"
            f" find . -maxdepth 1 {private}"
            f" ! '(' -perm {MODE} -user root -group {GROUP} ')'; }}"
        )

    @staticmethod
    def default() -> HostKeys:
        """No key."""
        return {}

    def process(self, output: list[str]) -> HostKeys:
        """Pair private and public lines; a key whose two files disagree counts as absent.

        What a login shell says beside them is passed over.
        """
        digests: dict[str, str] = {}
        public: dict[tuple[str, str], bytes] = {}
        loose: set[str] = set()
        marks: dict[tuple[str, str], int] = {}
        for line in output:
            match line.split():
                case [path]:
                    loose.add(_stem(path))
                case [digest, path]:
                    digests[_stem(path)] = digest
                case [stem, digest, key]:
                    public[stem, digest] = _decoded(key)
                case ["mark", stem, event, seconds] if _SECONDS.fullmatch(seconds):
                    marks[stem, event] = int(seconds)
        return {
            stem: HostKey(
                digest=digest,
                public=public[stem, digest],
                guarded=stem not in loose,
                proven=marks.get((stem, PROVEN), 0),
                signed=marks.get((stem, SIGNED), 0),
                rolled_back_at=marks.get((stem, ROLLED_BACK), 0),
                gone=marks.get((stem, GONE), 0),
            )
            for stem, digest in digests.items()
            if public.get((stem, digest))
        }


def _named(stems: tuple[str, ...], ending: str) -> str:
    """Return find(1)'s test for these keys' files, or for those of all keys."""
    names = [f"{stem}{ending}" for stem in stems] or [f"*{ending.removeprefix('.*')}"]
    tests = (f"-name {StringCommand(QuoteString(name))}" for name in names)
    return f"'(' {' -o '.join(tests)} ')'"


def _stem(path: str) -> str:
    return path.removeprefix("./").removesuffix(".key")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def wanted_keys(
    environment: Environment, slots: Mapping[Fqdn, tuple[str, ...]] = MappingProxyType({})
) -> tuple[KeyName, ...]:
    """The keys that must exist: for each algorithm, in the domain's slots or else the first."""
    return tuple(
        KeyName(domain, selector)
        for domain in environment.signing_domains
        for slot in slots.get(domain, (SIGNING_SLOT,))
        for selector in signing_selectors(environment, slot)
    )


def signing_selectors(environment: Environment, slot: str = SIGNING_SLOT) -> tuple[str, ...]:
    """The selectors of a slot: RSA, and Ed25519 beside it where the inventory says so."""
    return tuple(slot + suffix for suffix in suffixes(environment))


def slots_seen(
    domain: Fqdn, order: tuple[str, ...], held: Mapping[str, HostKeys], silent: tuple[str, ...]
) -> SlotsSeen:
    """Return the slots of a domain as the asked relays have them."""
    return SlotsSeen(
        domain=domain,
        slots={slot: _slot_seen(KeyName(domain, slot).stem, held) for slot in SLOTS},
        relays=order,
        silent=silent,
    )


def _slot_seen(stem: str, held: Mapping[str, HostKeys]) -> Slot:
    keys = {name: keys[stem] for name, keys in held.items() if stem in keys}
    return Slot(
        held=bool(keys),
        # The first of them: a relay that was down learns of it late.
        proven=min((key.proven for key in keys.values() if key.proven), default=0),
        rolled_back_at=max((key.rolled_back_at for key in keys.values()), default=0),
        signed={name: key.signed for name, key in keys.items() if key.signed},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingKeys:
    """What one host needs: keys to make, to guard, and to fetch, by the host that has them."""

    make: tuple[KeyName, ...]
    guard: tuple[KeyName, ...]
    fetch: Mapping[str, tuple[KeyName, ...]]


def missing_keys(
    target: str,
    wanted: Iterable[KeyName],
    order: Iterable[str],
    held: Mapping[str, HostKeys],
    running: Collection[str],
) -> MissingKeys:
    """Decide what `target` must make, guard and fetch.

    `order` is the inventory's order of relays, `held` what those hold that could be asked, and
    `running` the ones that this run works on, `target` among them. The first relay that holds a
    key is right about it; one that nobody holds is made by the first that is running.
    """
    asked = [name for name in order if name in held]
    maker = next(name for name in asked if name in running)
    make: list[KeyName] = []
    guard: list[KeyName] = []
    fetch: dict[str, list[KeyName]] = {}
    for key in wanted:
        stem = key.stem
        source = next((name for name in asked if stem in held[name]), maker)
        right = held[source].get(stem)
        if right is None and source == target:
            make.append(key)
        elif right is None or held[target].get(stem) != right:
            fetch.setdefault(source, []).append(key)
        elif not held[target][stem].guarded:
            guard.append(key)
    fetched = {source: tuple(keys) for source, keys in fetch.items()}
    return MissingKeys(make=tuple(make), guard=tuple(guard), fetch=fetched)


def domains_without_keys(
    environment: Environment, held: Mapping[str, HostKeys]
) -> tuple[Fqdn, ...]:
    """The domains of which no host in `held` has a key, in whatever slot."""
    stems = {stem for keys in held.values() for stem in keys}
    return tuple(
        domain
        for domain in environment.signing_domains
        if not any(KeyName(domain, slot).stem in stems for slot in SLOTS)
    )
