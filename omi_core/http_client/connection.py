"""Connections whose every octet is counted and whose every wait ends with the time of the answer.

A library's timeout bounds each single read: a server that sends an octet before each one ends
would hold it for ever, in the middle of a header for example.
"""

import io
import socket
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

from omi_core.http_client.meter import Meter


class _MeteredReader(io.RawIOBase):
    """What arrives at a socket, within the time and the size of `of.meter`."""

    def __init__(self, of: "MeteredSocket", raw: io.RawIOBase) -> None:
        self._of = of
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._of.wait_no_longer_than_allowed()
        got = self._raw.readinto(buffer) or 0
        self._of.meter.count(got)
        return got

    def close(self) -> None:
        self._raw.close()
        super().close()


class MeteredSocket:
    """As much of a socket as http.client uses; `meter` is of the answer that is waited for."""

    def __init__(self, connected: socket.socket, meter: Meter) -> None:
        self._socket = connected
        self.meter = meter

    def wait_no_longer_than_allowed(self) -> None:
        """Let the next wait end when the answer's time is over."""
        self._socket.settimeout(self.meter.seconds_left())

    def sendall(self, octets: bytes) -> None:
        """Send all of it."""
        self.wait_no_longer_than_allowed()
        self._socket.sendall(octets)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what reads the answer; http.client asks for `rb` and nothing else."""
        del mode
        return io.BufferedReader(_MeteredReader(self, self._socket.makefile("rb", buffering=0)))

    def fileno(self) -> int:
        """Return the descriptor, to see whether something has arrived."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close it as soon as nobody reads from it."""
        self._socket.close()


class MeteredConnection(HTTPConnection):
    """Without TLS, as to a stand-in on loopback; `meter` is of the answer that is waited for."""

    meter: Meter

    def measured_by(self, meter: Meter) -> None:
        """Let the next answer be measured by `meter`."""
        self.meter = meter
        self.timeout = meter.seconds_left()
        sock: object = self.sock
        if isinstance(sock, MeteredSocket):
            sock.meter = meter

    def _connected(self, address: tuple[str, int], *_: object) -> socket.socket:
        """Connect to one of the addresses of a name; the time is that of all of them together."""
        fault: OSError = OSError("it has no address")
        for family, kind, protocol, _name, place in socket.getaddrinfo(
            *address, type=socket.SOCK_STREAM
        ):
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(self.meter.seconds_left())
                made.connect(place)
            except OSError as error:
                made.close()
                fault = error
            else:
                return made
        raise fault

    def connect(self) -> None:
        """Connect, and measure from then on."""
        self._create_connection = self._connected
        super().connect()
        del self._create_connection  # it holds this connection, which could not go when unused
        self.sock: Any = MeteredSocket(self.sock, self.meter)


class MeteredTlsConnection(MeteredConnection, HTTPSConnection):
    """With TLS; a handshake has the time that was left when the connection began."""
