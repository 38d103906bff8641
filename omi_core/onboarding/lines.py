"""The JSON lines of an earlier run: what it said of each domain, and what is different now.

Only where each line stands is held in memory.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from omi_core.errors import InputError, system_text
from omi_core.exit_codes import COULD_NOT_LOOK, FINDINGS, FINE

LineJson = Mapping[str, object]
FindingJson = Mapping[str, object]

_CODES = {FINE, FINDINGS, COULD_NOT_LOOK}
_STATE = ("status", "exit_code", "findings", "unseen", "reason")
_LAST = "last_known"


@dataclass(frozen=True, slots=True)
class DomainState:
    """What a line says of a domain, without the time that it took."""

    line: LineJson

    @property
    def status(self) -> str:
        """The status that decided."""
        return str(self.line["status"])

    @property
    def exit_code(self) -> int:
        """The domain's exit code."""
        code = self.line["exit_code"]
        return code if isinstance(code, int) else COULD_NOT_LOOK

    @property
    def findings(self) -> tuple[FindingJson, ...]:
        """The findings, as finding.json has them; of an older omi without their words."""
        found = self.line["findings"]
        return tuple(found) if isinstance(found, list) else ()

    @property
    def reason(self) -> Mapping[str, str] | None:
        """Why something was not looked at, in every language."""
        reason = self.line.get("reason")
        return reason if isinstance(reason, dict) else None

    @property
    def last_known(self) -> "DomainState | None":
        """What was said when it was looked at last, where this line says that it was not."""
        held = self.line.get(_LAST)
        return DomainState(held) if isinstance(held, dict) and _is_state(held) else None

    def to_json(self) -> dict[str, object]:
        """Return `$defs/state` of cli/schemas/dns-verify-line.json."""
        return {key: self.line.get(key) for key in _STATE}

    def remembering(self, earlier: "DomainState | None") -> dict[str, object]:
        """Return the line; where nobody could look, with what was known before.

        So a night without a network does not cost the next one what it compares with.
        """
        if self.exit_code != COULD_NOT_LOOK or earlier is None:
            return dict(self.line)
        known = earlier.last_known if earlier.exit_code == COULD_NOT_LOOK else earlier
        return {**self.line, _LAST: known.to_json()} if known else dict(self.line)

    def differs_from(self, earlier: "DomainState") -> bool:
        """Whether anything else is said, but for what an older omi did not write down."""
        if (self.status, self.line["unseen"]) != (earlier.status, earlier.line["unseen"]):
            return True
        both = self.findings, earlier.findings
        has_words = all("observed" in each for found in both for each in found)
        ours, theirs = (sorted(key_of(each, observed=has_words) for each in one) for one in both)
        return ours != theirs


def key_of(finding: FindingJson, *, observed: bool = False) -> tuple[str, ...]:
    """Return what tells one finding of a domain from another, and one observation of it."""
    seen = finding.get("observed") if observed else None
    words = str(seen.get("en")) if isinstance(seen, dict) else ""
    return (*(str(finding[key]) for key in ("id", "severity", "subject")), words)


class Lines:
    """Which domains an earlier run has, and what it said of each.

    A line that was cut off when the run ended, or that is broken, is left out, so that its domain
    is looked at again. Raises InputError where the file cannot be read.
    """

    def __init__(self, path: str, *, must_exist: bool) -> None:
        self._places: dict[str, int] = {}
        self._file: BinaryIO | None = None
        self._path = path
        try:
            # Open until the end: another file may take this one's name meanwhile.
            self._file = Path(path).open("rb")  # noqa: SIM115
            self._read(self._file)
        except FileNotFoundError:
            if must_exist:
                raise InputError(
                    "{path!r} is not there; it is what an earlier run wrote", path=path
                ) from None
        except OSError as error:
            raise self._unreadable(error) from None

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def state(self, domain: str) -> DomainState | None:
        """Return what was said of a domain; None where there is no line of it."""
        place = self._places.get(domain)
        if place is None or self._file is None:
            return None
        try:
            self._file.seek(place)
            read = _parsed(self._file.readline())
        except OSError as error:
            raise self._unreadable(error) from None
        return DomainState(read) if read else None

    def without(self, domains: Collection[str]) -> Iterator[str]:
        """Yield the domains that are not among these, in the order of the lines."""
        return (each for each in self._places if each not in domains)

    def _read(self, file: BinaryIO) -> None:
        place = 0
        for octets in file:
            if line := _parsed(octets):
                self._places[str(line["domain"])] = place
            place += len(octets)

    def _unreadable(self, error: OSError) -> InputError:
        return InputError(
            "{path!r} cannot be read: {reason}", path=self._path, reason=system_text(error)
        )


def _parsed(octets: bytes) -> LineJson | None:
    try:
        line = json.loads(octets)
        if b"\\u" in octets:  # half a character, which nobody could write again
            json.dumps(line, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    is_whole = isinstance(line, dict) and isinstance(line.get("domain"), str) and _is_state(line)
    return line if is_whole else None


def _is_state(line: LineJson) -> bool:
    found, unseen = line.get("findings"), line.get("unseen")
    return (
        isinstance(line.get("status"), str)
        and line.get("exit_code") in _CODES
        and isinstance(unseen, list)
        and isinstance(found, list)
        and all(isinstance(each, dict) and _is_finding(each) for each in found)
    )


def _is_finding(found: FindingJson) -> bool:
    return all(isinstance(found.get(key), str) for key in ("id", "severity", "subject"))
