"""A small caching HTTP server between the lab's hosts and this machine's Debian mirrors.

It listens inside the lab's network namespace and fetches outside of it. Packages and by-hash
indexes never change under their name and are kept for ever; other indexes are fetched anew when
older than FRESH, and served as they are when the mirror cannot be reached.
"""

import ctypes
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lab import mirrors, plan, site

FRESH = 6 * 3600.0
_CLONE_NEWNET = 0x40000000
_WANTED = re.compile(r"/(debian|debian-security)(/[A-Za-z0-9._+:~%-]+)+")
_SETTLED = re.compile(r"/(pool|by-hash)/")


class AbsentError(Exception):
    """The mirror does not have the file, or it cannot be reached and no copy is kept."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Store:
    """The files kept so far, and how to get another."""

    def __init__(
        self, directory: Path, outside: mirrors.Mirrors, offline_mark: Path, *, is_logged: bool
    ) -> None:
        self.is_logged = is_logged
        self._directory = directory
        self._outside = outside
        self._offline_mark = offline_mark
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, path: str) -> Path:
        """Return the kept copy of `path`, fetched first where needed; raises AbsentError."""
        if not _WANTED.fullmatch(path) or "/.." in path:
            raise AbsentError(HTTPStatus.FORBIDDEN)
        kept = self._directory / path.lstrip("/")
        with self._locks[path]:
            if not (kept.exists() and (_SETTLED.search(path) or _is_fresh(kept))):
                self._fetch(path, kept)
        return kept

    def _fetch(self, path: str, kept: Path) -> None:
        try:
            if self._offline_mark.exists():
                raise urllib.error.URLError("the lab is told to stay offline")
            with urllib.request.urlopen(self._outside.outside(path), timeout=60) as answer:
                _keep(answer, kept)
        except OSError as error:  # HTTPError is one, too
            if not kept.exists():
                code = error.code if isinstance(error, urllib.error.HTTPError) else 504
                raise AbsentError(HTTPStatus(code)) from error


def _is_fresh(kept: Path) -> bool:
    return time.time() - kept.stat().st_mtime < FRESH


def _keep(answer: "urllib.request._UrlopenRet", kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=kept.parent, prefix=".part-", delete=False) as part:
        try:
            shutil.copyfileobj(answer, part)
            part.close()
            _check_length(answer.headers["Content-Length"], part.name)
            Path(part.name).replace(kept)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def _check_length(announced: str | None, file: str) -> None:
    if announced is not None and Path(file).stat().st_size != int(announced):
        raise ConnectionError("the mirror closed the connection early")


def _http_date(seconds: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from the store."""

    protocol_version = "HTTP/1.1"
    store: Store

    def do_GET(self) -> None:
        """Send the file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send the file's headers."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say what was asked for, where there is a log to say it to."""
        if self.store.is_logged:
            print(f"{self.address_string()} {format % args}", flush=True)

    def _answer(self, *, with_body: bool) -> None:
        try:
            kept = self.store.get(self.path)
        except AbsentError as error:
            self.send_error(error.status)
            return
        with kept.open("rb") as file:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(os.fstat(file.fileno()).st_size))
            self.send_header("Last-Modified", _http_date(os.fstat(file.fileno()).st_mtime))
            self.end_headers()
            if with_body:
                shutil.copyfileobj(file, self.wfile)


class Server(ThreadingHTTPServer):
    """One listening address; IPv6 where the address has colons."""

    daemon_threads = True

    def __init__(self, address: str, port: int, store: Store) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        handler = type("StoreHandler", (Handler,), {"store": store})
        super().__init__((address, port), handler)

    def start(self) -> int:
        """Serve in a thread of its own and return the port."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return int(self.server_address[1])


def store(offline_mark: Path, *, is_logged: bool) -> Store:
    """Return the store that all checkouts share."""
    kept = site.cache() / "packages"
    return Store(kept, mirrors.configured(), offline_mark, is_logged=is_logged)


def _enter(namespace: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with namespace.open("rb") as file:
        if libc.setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns", str(namespace))


def main() -> None:
    """Listen on the bridge inside the namespace, then return outside to fetch."""
    place = site.here()
    outside = Path("/proc/self/ns/net")
    kept = store(place.offline_mark, is_logged=True)
    with outside.open("rb") as way_back:
        _enter(place.namespace_file)
        addresses = (plan.ipv4(plan.GATEWAY), plan.ipv6(plan.GATEWAY))
        servers = [Server(address, 80, kept) for address in addresses]
        _enter(Path(f"/proc/self/fd/{way_back.fileno()}"))
    for server in servers[1:]:
        server.start()
    Path(sys.argv[1]).touch()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
