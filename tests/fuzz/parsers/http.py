"""HTTP itself: framing, header fields, `Retry-After`, and JSON of any shape."""

import contextlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import RemoteDisconnected
from typing import Any

from omi_core.http_client.connection import MeteredConnection, MeteredSocket
from omi_core.http_client.exchange import Exchanges, HttpAnswer
from omi_core.http_client.json_body import DEPTH, json_of
from omi_core.http_client.meter import AnswerError, AnswerLimits, Meter
from omi_core.http_client.retry_after import seconds_of

RAISES = (AnswerError, RemoteDisconnected)
_YEAR_S = 31_536_000.0
_LIMITS = AnswerLimits(octets=4096, seconds=30)


class _Wire:
    """As much of a socket as is used: it has answered already, and waits for nobody."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def settimeout(self, seconds: float) -> None:
        del seconds

    def sendall(self, octets: bytes) -> None:
        del octets

    def makefile(self, mode: str, buffering: int) -> io.RawIOBase:
        del mode, buffering
        return _Arriving(self._octets)

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        pass


class _Arriving(io.RawIOBase):
    def __init__(self, octets: bytes) -> None:
        self._left = io.BytesIO(octets)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._left.readinto(buffer)


@dataclass(kw_only=True)
class _Answered(Exchanges):
    octets: bytes

    def _made(self, parts: Any) -> MeteredConnection:
        made = MeteredConnection(parts.hostname)
        made.sock = MeteredSocket(_Wire(self.octets), Meter(limits=self.limits))  # type: ignore[arg-type]
        return made


def read_http(octets: bytes) -> tuple[HttpAnswer, float]:
    answer = _Answered(limits=_LIMITS, octets=octets).ask("GET", "http://ca.example/dir")
    with contextlib.suppress(AnswerError):
        json_of(answer.body)
    retry = next((v for name, v in answer.headers if name.lower() == "retry-after"), None)
    return answer, seconds_of(retry, 60.0, datetime(2026, 6, 1, tzinfo=UTC))


def judge_http(octets: bytes, found: Any) -> None:
    if found is None:
        return
    answer, seconds = found
    assert len(answer.body) <= _LIMITS.octets
    assert len(answer.body) <= len(octets)
    assert 0 <= seconds <= _YEAR_S


def read_json(octets: bytes) -> object:
    return json_of(octets)


def judge_json(octets: bytes, found: Any) -> None:
    del octets
    layer = [found]
    for _ in range(DEPTH + 1):
        layer = [x for each in layer for x in _inside(each)]
    assert not layer


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
