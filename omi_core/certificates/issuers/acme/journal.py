"""What this machine remembers of its orders, so that a run that was killed is taken up again."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from omi_core.certificates.kept_files import replace
from omi_core.errors import InputError, system_text

_PATIENCE_S = 600
_PAUSE_S = 0.2
# Greenlets and threads of this process take turns here; a file lock knows only processes.
_turn = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The directory beside the account key."""

    directory: Path

    def order_of(self, place: str) -> str | None:
        """Return the URL of the order that was begun for `place`; empty if it has none yet."""
        entry = self._read(self._order(place))
        return None if entry is None else str(entry.get("order", ""))

    def began(self, place: str, order: str) -> None:
        """Remember an order before anything is done for it."""
        self._write(self._order(place), {"order": order})

    def ended(self, place: str) -> None:
        """Forget the order of `place`: its certificate is served, or it is void."""
        self._order(place).unlink(missing_ok=True)

    def renewal(self, fingerprint: str) -> tuple[datetime | None, datetime] | None:
        """Return when to renew a certificate, and when to ask the CA again (RFC 9773 4.3)."""
        entry = self._read(self._renewal(fingerprint))
        try:
            at = str((entry or {}).get("at") or "")
            ask = datetime.fromisoformat(str((entry or {})["ask_again"]))
            return (datetime.fromisoformat(at) if at else None), ask
        except (KeyError, ValueError):
            return None

    def will_renew(self, fingerprint: str, at: datetime | None, ask_again: datetime) -> None:
        """Remember what the CA said."""
        when = at.isoformat() if at else ""
        self._write(self._renewal(fingerprint), {"at": when, "ask_again": ask_again.isoformat()})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one run at a time ask the CA; raises InputError after ten minutes."""
        with _turn, self._locked():
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        file = self.directory / "lock"
        deadline = time.monotonic() + _PATIENCE_S
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise InputError(
                "{file} cannot be written: {strerror}", file=file, strerror=system_text(error)
            ) from None
        try:
            # Asked again and again: a lock that waits would hold every greenlet of this process.
            while not _is_locked(descriptor):
                if time.monotonic() > deadline:
                    raise InputError(
                        "another run has held {file} for ten minutes; end it first", file=file
                    )
                time.sleep(_PAUSE_S)
            yield
        finally:
            os.close(descriptor)

    def _order(self, place: str) -> Path:
        return self.directory / "orders" / f"{place}.json"

    def _renewal(self, fingerprint: str) -> Path:
        return self.directory / "renewals" / f"{fingerprint}.json"

    def _read(self, file: Path) -> dict[str, object] | None:
        try:
            entry = json.loads(file.read_text(encoding="utf-8"))
        except OSError:
            return None
        except ValueError:  # half of a file is none of ours; what it spoke of is begun again
            return {}
        return entry if isinstance(entry, dict) else {}

    def _write(self, file: Path, entry: dict[str, str]) -> None:
        replace(file, json.dumps(entry).encode())


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
