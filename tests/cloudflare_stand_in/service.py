"""The API over HTTP on loopback, with the faults that a test asks for."""

import json
import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.cloudflare_stand_in import recorded
from tests.cloudflare_stand_in.account import Account, Entry, StoodInZone
from tests.cloudflare_stand_in.refusal import ApiError

BASE = "/client/v4"
WINDOW_S, REQUESTS = 300, 1200
RECORDS_PAGE, RECORDS_MAXIMUM, ZONES_PAGE, ZONES_MAXIMUM = 100, 5_000_000, 20, 100


@dataclass
class Fault:
    """What happens to the next `times` requests of a method and path; None: to all of them.

    With a `status` that is answered, and `body` with it where there is one.
    `after` lets the request be done first; `hang_s` keeps the answer back; `meanwhile` is called
    before the request is looked at, as a person at the dashboard would be.
    """

    method: str = ""
    path: str = ""
    times: int | None = 1
    status: int = 0
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    hang_s: float = 0
    meanwhile: Callable[[], None] = lambda: None

    def said(self) -> object:
        """What stands in the body: octets that a test wrote, or the envelope of a failure."""
        return _failure(self.status) if self.body is None else self.body

    def takes(self, method: str, path: str) -> bool:
        if self.times == 0 or self.method not in {"", method} or self.path not in path:
            return False
        self.times = None if self.times is None else self.times - 1
        return True


@dataclass
class Service:
    """What is served, what was asked, and what goes wrong."""

    account: Account
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    limit: int = REQUESTS
    _times: deque[float] = field(default_factory=deque)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any, Entry]:
        """Return status, envelope and headers of one request."""
        url = urlsplit(target)
        path = url.path.removeprefix(BASE)
        with self._lock:
            self.asked.append(f"{method} {path}")
            fault = next((one for one in self.faults if one.takes(method, path)), None)
            if fault:
                fault.meanwhile()
            if fault and fault.status and not fault.after:
                return fault.status, fault.said(), fault.headers
            status, envelope, more = self._answer(method, path, parse_qs(url.query), headers, body)
        if fault and fault.hang_s:
            time.sleep(fault.hang_s)
        if fault and fault.status:
            return fault.status, fault.said(), fault.headers
        return status, envelope, more

    def _answer(
        self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: bytes
    ) -> tuple[int, Any, Entry]:
        try:
            quota = self._count()
            token = _token(headers.get("Authorization", ""), self.account)
            found = self._route(method, path, query, token, json.loads(body or b"{}"))
        except ApiError as error:
            return error.status, error.body(), error.headers
        envelope = {"success": True, "errors": [], "messages": [], **found}
        return 200, envelope, quota

    def _count(self) -> dict[str, str]:
        """Over the limit everything is 429 until the window ends."""
        moment = time.monotonic()
        while self._times and moment - self._times[0] > WINDOW_S:
            self._times.popleft()
        if len(self._times) >= self.limit:
            wait = math.ceil(WINDOW_S - (moment - self._times[0]))
            raise recorded.too_often(wait)
        self._times.append(moment)
        left = self.limit - len(self._times)
        return {
            "Ratelimit": f'"default";r={left};t={WINDOW_S}',
            "Ratelimit-Policy": f'"default";q={self.limit};w={WINDOW_S}',
        }

    def _route(
        self, method: str, path: str, query: dict[str, list[str]], token: str, body: Entry
    ) -> dict[str, Any]:
        if path == "/user/tokens/verify":
            return {"result": {"id": "0" * 32, "status": "active"}}
        if path == "/zones" and method == "GET":
            return _zones(self.account.seen_by(token), query)
        matched = re.fullmatch(r"/zones/([^/]+)/dns_records(?:/([^/]+))?", path)
        if matched is None:
            raise ApiError(404, 7000, "No route for that URI.")
        zone = _zone(self.account.seen_by(token), matched[1])
        if method != "GET" and token in self.account.readers:
            raise ApiError(403, 10000, "Authentication error")
        return self._records(method, zone, matched[2], query, body)

    def _records(
        self, method: str, zone: StoodInZone, rest: str | None, query: Any, body: Entry
    ) -> dict[str, Any]:
        if method == "GET":
            if rest == "export":
                return {
                    "result": "\n".join(f"{r['name']} {r['type']}" for r in zone.records.values())
                }
            return {"result": zone.get(rest)} if rest else _listed(zone, query)
        done: Any
        match method, rest:
            case "POST", None:
                done = zone.post(body)
            case "POST", "batch":
                done = zone.batch(body)
            case "PATCH", str(identifier):
                done = zone.patch(identifier, body)
            case "PUT", str(identifier):
                done = zone.put(identifier, body)
            case "DELETE", str(identifier):
                done = zone.delete(identifier)
            case _:
                raise ApiError(405, 7001, "Method not allowed for that URI.")
        zone.on_change(zone)
        return {"result": done}


def _token(header: str, account: Account) -> str:
    scheme, _, token = header.partition(" ")
    if scheme != "Bearer" or not re.fullmatch(r"[\x21-\x7E]+", token):
        raise recorded.malformed_header()
    if token in account.elsewhere:
        raise recorded.from_elsewhere("127.0.0.1")
    if token not in account.tokens:
        raise recorded.unknown_token()
    return token


def _zone(zones: list[StoodInZone], identifier: str) -> StoodInZone:
    if not re.fullmatch(r"[0-9a-f]{32}", identifier):
        raise ApiError(400, 7003, "Could not route, perhaps your object identifier is invalid?")
    for zone in zones:
        if zone.id == identifier:
            return zone
    raise recorded.no_access()


def _zones(zones: list[StoodInZone], query: dict[str, list[str]]) -> dict[str, Any]:
    name = query.get("name", [""])[0].lower()
    found = [
        zone.entry() for zone in zones if name in {"", zone.name, recorded.shown_name(zone.name)}
    ]
    return _page(found, query, ZONES_PAGE, ZONES_MAXIMUM)


def _listed(zone: StoodInZone, query: dict[str, list[str]]) -> dict[str, Any]:
    tests = [
        partial(_matches, key=key, how=how, text=values[0].lower())
        for dotted, values in query.items()
        for key, _, how in [dotted.partition(".")]
        if key in {"name", "content", "comment", "type"}
    ]
    judge = any if query.get("match", ["all"])[0] == "any" and tests else all
    found = [entry for entry in zone.listed() if judge(test(entry) for test in tests)]
    if order := query.get("order", [""])[0]:
        backwards = query.get("direction", ["asc"])[0] == "desc"
        found.sort(key=lambda entry: str(entry[order]), reverse=backwards)
    return _page(found, query, RECORDS_PAGE, RECORDS_MAXIMUM)


def _matches(entry: Entry, key: str, how: str, text: str) -> bool:
    there = str(entry.get(key) or "").lower()
    return {
        "startswith": there.startswith(text),
        "endswith": there.endswith(text),
        "contains": text in there,
    }.get(how, there == text)


def _page(found: list[Any], query: dict[str, list[str]], size: int, maximum: int) -> dict[str, Any]:
    page, per_page = int(query.get("page", ["1"])[0]), int(query.get("per_page", [size])[0])
    if not 1 <= per_page <= maximum:
        raise ApiError(400, 1004, "per_page is out of range.")
    part = found[(page - 1) * per_page : page * per_page]
    info = {
        "page": page,
        "per_page": per_page,
        "count": len(part),
        "total_count": len(found),
        "total_pages": max(1, math.ceil(len(found) / per_page)),
    }
    return {"result": part, "result_info": info}


def _failure(status: int) -> dict[str, Any]:
    code = 10013 if status == 429 else 10001
    return ApiError(status, code, "The service has a fault.").body()


@contextmanager
def served(account: Account) -> Iterator[Service]:
    """Serve an account on a port of its own; `CLOUDFLARE_BASE_URL` is its `url`."""
    service = Service(account)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave in one write
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, envelope, headers = service.answer(self.command, self.path, self.headers, body)
            encoded = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(encoded)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(encoded)
                self.wfile.flush()
            except OSError:
                self.close_connection = True  # the client gave up waiting

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}{BASE}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
