"""One request and its whole answer, in memory: no redirect followed, no encoding but none."""

import base64
import select
import ssl
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import finalize

from omi_core.http_client.connection import MeteredConnection, MeteredTlsConnection
from omi_core.http_client.meter import AnswerError, AnswerLimits, Meter

_PIECE = 1 << 16
# What a connection says itself about a message, and what would let the answer be encoded.
_OWN = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}

Place = tuple[str, str]  # scheme, host with port


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """Status, header fields as they came, and the body; after the last one nothing can be asked."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_last: bool


@dataclass(kw_only=True)
class Exchanges:
    """Requests to a few servers, over connections that are kept while the servers keep them.

    Proxies are those of the environment, as for most programs.
    """

    limits: AnswerLimits
    context: ssl.SSLContext | None = None
    _idle: dict[Place, MeteredConnection] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        # The libraries above are not told when a run has no more questions.
        finalize(self, _close, self._idle)

    def ask(
        self,
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> HttpAnswer:
        """Return the answer; raises AnswerError where it is none, OSError where there is none."""
        parts = urlsplit(url)
        meter = Meter(limits=self.limits)
        place = (parts.scheme, parts.netloc)
        connection = self._idle_to(place) or self._made(parts)
        connection.measured_by(meter)
        try:
            given = {name: value for name, value in headers if name.lower() not in _OWN}
            connection.request(method, _target(parts, connection), body=body, headers=given)
            with closing(connection.getresponse()) as response:
                answer = _whole(response, meter)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it goes on
            connection.close()
            raise _judged(error, meter) from None
        if answer.is_last:
            connection.close()
        else:
            self._idle[place] = connection
        return answer

    def close(self) -> None:
        """Close what is kept."""
        _close(self._idle)

    def _idle_to(self, place: Place) -> MeteredConnection | None:
        """Return a connection that the server has not closed in the meantime."""
        kept = self._idle.pop(place, None)
        if kept is not None and (kept.sock is None or _has_something_to_say(kept.sock.fileno())):
            kept.close()
            return None
        return kept

    def _made(self, parts: SplitResult) -> MeteredConnection:
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if is_tls else 80)
        proxy = urlsplit("" if proxy_bypass(host) else getproxies().get(parts.scheme, ""))
        to = (proxy.hostname, proxy.port or 80) if proxy.hostname else (host, port)
        if not is_tls:
            return MeteredConnection(*to)
        made = MeteredTlsConnection(*to, context=self.context or ssl.create_default_context())
        if proxy.hostname:
            made.set_tunnel(host, port, _proxy_headers(proxy))
        return made


def _has_something_to_say(descriptor: int) -> bool:
    """Whether a server that was not asked has sent something: that it closes, most of the time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _close(idle: dict[Place, MeteredConnection]) -> None:
    while idle:
        idle.popitem()[1].close()


def _target(parts: SplitResult, connection: MeteredConnection) -> str:
    """Return what is asked for; a proxy without TLS wants all of the URL (RFC 9112 3.2.2)."""
    if parts.scheme == "http" and connection.host != parts.hostname:
        return parts._replace(fragment="").geturl()
    return parts._replace(scheme="", netloc="", fragment="").geturl() or "/"


def _proxy_headers(proxy: SplitResult) -> Mapping[str, str]:
    if proxy.username is None:
        return {}
    written = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(written.encode()).decode()}"}


def _whole(response: HTTPResponse, meter: Meter) -> HttpAnswer:
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise AnswerError("it answers in an encoding that was not asked for")
    if (response.length or 0) > meter.limits.octets:
        raise meter.too_long()
    pieces = []
    while piece := response.read(_PIECE):
        pieces.append(piece)
    meter.seconds_left()
    if response.length:
        raise AnswerError("its answer ends before it is whole")
    return HttpAnswer(
        status=response.status,
        reason=response.reason,
        headers=tuple(response.getheaders()),
        body=b"".join(pieces),
        is_last=response.will_close,
    )


def _judged(error: BaseException, meter: Meter) -> BaseException:
    """Return what is to be raised: our error for what is no answer, and all else as it is."""
    if isinstance(error, AnswerError):
        return error
    if isinstance(error, TimeoutError):
        return meter.too_slow()
    if isinstance(error, OSError):  # such as one that is closed before it answers
        return error
    if isinstance(error, HTTPException | ValueError | ArithmeticError):
        return AnswerError("it answers what is not HTTP")
    return error
