"""What an earlier run saw, in a file of ours, and what is different now.

The file names addresses and what is wrong with them, so nobody else may read it. One that is not
what this module writes is refused, never overwritten.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from stat import S_ISREG, S_IWGRP, S_IWOTH
from tempfile import NamedTemporaryFile

from omi_core.errors import InputError, system_text
from omi_core.findings.verdict import CheckResult, Status
from omi_core.reputation.report import ReputationReport

_FORM = "omi reputation 1"
_MOST_OCTETS = 4 * 2**20
_FIELDS = {"status", "title", "note", "observed"}

Words = Mapping[str, str]
Key = tuple[str, str, str]  # the relay, its address, the check


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """How a check ended, in words of every language; `observed` is None without a finding."""

    status: Status
    title: Words
    note: Words
    observed: Words | None

    @classmethod
    def of(cls, result: CheckResult) -> "CheckState":
        """Return what is kept of a result."""
        verdict = result.verdict
        return cls(
            status=verdict.status,
            title=result.check.title.to_json(),
            note=verdict.note.to_json(),
            observed=verdict.finding.observed.to_json() if verdict.finding else None,
        )

    def differs_from(self, earlier: "CheckState") -> bool:
        """Whether it ended otherwise, or found something else; the words of a pass do not count."""
        return (self.status, self.observed) != (earlier.status, earlier.observed)

    def to_json(self) -> dict[str, object]:
        """Return `$defs/state` of cli/schemas/reputation.json."""
        return {
            "status": self.status.value,
            "title": self.title,
            "note": self.note,
            "observed": self.observed,
        }


State = Mapping[Key, CheckState]


class Happened(StrEnum):
    """What happened to a check since."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckChange:
    """A check that ends otherwise than before: then, and now."""

    key: Key
    before: CheckState | None
    now: CheckState | None

    @property
    def kind(self) -> Happened:
        """What happened."""
        if self.now is None:
            return Happened.GONE
        return Happened.CHANGED if self.before else Happened.NEW

    def to_json(self) -> dict[str, object]:
        """Return `$defs/change` of cli/schemas/reputation.json."""
        relay, address, check = self.key
        return {
            "relay": relay,
            "address": address,
            "check": check,
            "change": self.kind.value,
            "before": self.before.to_json() if self.before else None,
            "now": self.now.to_json() if self.now else None,
        }


def state_of(report: ReputationReport) -> State:
    """Return what is kept of a run; what was left out is not."""
    return {
        (one.relay, one.address, each.check.id): CheckState.of(each)
        for one in report.addresses
        for each in one.results
        if each.verdict.status is not Status.SKIPPED
    }


def merged(earlier: State, now: State, report: ReputationReport) -> State:
    """Return what is to be kept: of addresses still there, also what this run did not look at."""
    there = {(one.relay, one.address) for one in report.addresses}
    left_out = set(_left_out(report))
    kept = {key: each for key, each in earlier.items() if key[:2] in there and key not in left_out}
    return {**kept, **now}


def _left_out(report: ReputationReport) -> Iterator[Key]:
    for one in report.addresses:
        for each in one.results:
            if each.verdict.status is Status.SKIPPED:
                yield one.relay, one.address, each.check.id


def changes(earlier: State, kept: State) -> tuple[CheckChange, ...]:
    """Return what is different; what is new and fine is nothing to tell."""
    made = []
    for key, now in kept.items():
        before = earlier.get(key)
        told = now.differs_from(before) if before else now.status is not Status.PASSED
        if told:
            made.append(CheckChange(key=key, before=before, now=now))
    gone = (key for key in earlier if key not in kept)
    made += [CheckChange(key=key, before=earlier[key], now=None) for key in gone]
    return tuple(made)


def default_path() -> Path:
    """Return where the state is kept: in the user's state directory (XDG_STATE_HOME).

    Raises InputError where there is no home.
    """
    try:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    except RuntimeError:
        raise InputError("there is no home for the state; name a file after --since") from None
    return Path(state) / "omi/reputation.json"


def read_state(path: Path) -> State | None:
    """Return what an earlier run kept, None where there is no file yet.

    Raises InputError for a file that is damaged, or that is not ours.
    """
    try:
        octets = _octets(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            "{path!r} cannot be read: {reason}", path=str(path), reason=system_text(error)
        ) from None
    read = _parsed(octets) if len(octets) <= _MOST_OCTETS else None
    if read is None:
        raise InputError(
            "{path!r} is no state that `omi reputation` wrote, or it is damaged; remove it, or"
            " name another file",
            path=str(path),
        )
    return read


def write_state(path: Path, state: State) -> None:
    """Put the state in place of an earlier one, readable by its owner alone, whole or not at all.

    Raises InputError where it cannot be written.
    """
    listed = [{"key": list(key), **each.to_json()} for key, each in state.items()]
    text = json.dumps({"form": _FORM, "checks": listed}, indent=1)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replaced(path, text)
    except OSError as error:
        raise InputError(
            "{path!r} cannot be written: {strerror}", path=str(path), strerror=system_text(error)
        ) from None


def _replaced(path: Path, text: str) -> None:
    # It is made with mode 0600.
    with NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
    ) as new:
        try:
            new.write(f"{text}\n")
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(new.name).unlink()
            raise


def _octets(path: Path) -> bytes:
    """Return what is in a file, one octet more than may be where there is too much."""
    # A link may lead to somebody else's, and a pipe would have us wait.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _require_ours(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(_MOST_OCTETS + 1)
    finally:
        os.close(descriptor)


def _require_ours(path: Path, seen: os.stat_result) -> None:
    if not S_ISREG(seen.st_mode):
        raise InputError("{path!r} is not an ordinary file", path=str(path))
    if seen.st_uid != os.geteuid():
        raise InputError("{path!r} belongs to somebody else", path=str(path))
    if seen.st_mode & (S_IWGRP | S_IWOTH):
        raise InputError("{path!r} can be written by others; remove it", path=str(path))


def _parsed(octets: bytes) -> State | None:
    try:
        document = json.loads(octets)
        if b"\\u" in octets:  # half a character, which nobody could write again
            json.dumps(document, ensure_ascii=False).encode()
        if document["form"] != _FORM:
            return None
        return dict(_check(each) for each in document["checks"])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _check(written: Mapping[str, object]) -> tuple[Key, CheckState]:
    if set(written) != {"key", *_FIELDS}:
        raise ValueError
    observed = written["observed"]
    state = CheckState(
        status=Status(str(written["status"])),
        title=_words(written["title"]),
        note=_words(written["note"]),
        observed=None if observed is None else _words(observed),
    )
    return _key(written["key"]), state


def _key(written: object) -> Key:
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise ValueError
    relay, address, check = written
    return relay, address, check


def _words(written: object) -> Words:
    if not isinstance(written, dict) or not all(isinstance(each, str) for each in written.values()):
        raise ValueError
    return written
