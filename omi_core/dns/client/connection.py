"""One conversation with one name server over TCP (RFC 7766), every failure in one sentence.

Importing this imports dnspython's sockets: do it where a server is asked, after a command line
built on gevent has patched them.
"""

import base64
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.tsig
import dns.xfr
import dns.zone

from omi_core.dns.client.server import Server
from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.errors import ServerRefusedError
from omi_core.errors import ObservationError, system_text
from omi_core.names import Fqdn

# A transfer is many answers; a server that dribbles must not hold a deploy for ever.
_TRANSFER_ANSWERS = 6


class Exchange:
    """Questions to `server`, signed with `key` if there is one, on one connection.

    `timeout_s` bounds the connection and each answer, in seconds. All methods raise
    ObservationError when the server cannot be reached or answers nonsense, ServerRefusedError
    when it does not accept the key.
    """

    def __init__(self, server: Server, key: TsigKey | None, timeout_s: float) -> None:
        self.server = server
        self._key = key
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, message: dns.message.Message) -> dns.message.Message:
        """Send `message` and return the answer, whatever its RCODE."""
        self._sign(message)
        with self._one_sentence():
            # A long update takes its time to be written, and servers close a connection on which
            # nothing comes: half a second is enough for Knot (tcp-io-timeout).
            wire = message.to_wire()
            connection = self._socket or self._connected()
            self._socket = connection
            until = time.time() + self._timeout_s
            dns.query.send_tcp(connection, wire, until)
            answer, _ = dns.query.receive_tcp(
                connection, until, keyring=message.keyring, request_mac=message.mac
            )
            if not message.is_response(answer):
                raise dns.query.BadResponse
            return answer

    def transfer(self, zone: Fqdn) -> dns.zone.Zone:
        """Return all of `zone` (AXFR, RFC 5936); dns.xfr.TransferError carries a refusal."""
        content = dns.zone.Zone(dns.name.from_text(zone.text), relativize=False)
        query, _ = dns.xfr.make_query(content, serial=None)
        self._sign(query)
        with self._one_sentence():
            dns.query.inbound_xfr(
                self._reachable_address(),
                content,
                query,
                port=self.server.port,
                timeout=self._timeout_s,
                lifetime=self._timeout_s * _TRANSFER_ANSWERS,
            )
        return content

    def _sign(self, message: dns.message.Message) -> None:
        if self._key is not None:
            message.use_tsig(_tsig_key(self._key))

    def _reachable_address(self) -> str:
        self._socket = self._socket or self._connected()
        return str(self._socket.getpeername()[0])

    def _connected(self) -> socket.socket:
        refused: OSError | None = None
        for address in self.server.addresses():
            try:
                return self._connected_to(address)
            except OSError as error:
                refused = error
        raise refused or OSError("no address")

    def _connected_to(self, address: str) -> socket.socket:
        connection = socket.create_connection((address, self.server.port), self._timeout_s)
        # Small questions one after the other would each wait for the last one's ACK.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(0)  # as dns.query wants it: non-blocking
        return connection

    @contextmanager
    def _one_sentence(self) -> Iterator[None]:
        try:
            yield
        except (dns.xfr.TransferError, ObservationError):
            raise
        except (dns.exception.Timeout, TimeoutError) as error:
            seconds = f"{self._timeout_s:g} s"
            raise ObservationError(
                "{server} did not answer within {seconds}", server=self.server, seconds=seconds
            ) from error
        except dns.exception.DNSException as error:
            raise self._refusal(error) from error
        except EOFError as error:
            raise ObservationError(
                "{server} closed the connection unexpectedly", server=self.server
            ) from error
        except OSError as error:
            reason = system_text(error)
            raise ObservationError(
                "{server} cannot be reached: {reason}", server=self.server, reason=reason
            ) from error

    def _refusal(self, error: dns.exception.DNSException) -> ObservationError:
        """Return what a DNS error means to the operator (RFC 8945 5.2 for TSIG)."""
        key = f"TSIG key {self._key.name.relative}" if self._key else "unsigned question"
        for kind, sentence in _KEY_FAULTS.items():
            if isinstance(error, kind):
                return ServerRefusedError(
                    "{server} does not accept the {key}: {sentence}",
                    server=self.server,
                    key=key,
                    sentence=sentence,
                )
        if self._key and isinstance(error, dns.exception.FormError):
            # That the signature is missing has no class of its own in dnspython.
            why = "it does not have that zone, or does not let the key do this"
            return ObservationError(
                "{server} sent no answer signed with the {key}: {why}",
                server=self.server,
                key=key,
                why=why,
            )
        fault = type(error).__name__
        return ObservationError(
            "{server} sent a malformed DNS answer ({fault})", server=self.server, fault=fault
        )


_KEY_FAULTS: dict[type[dns.exception.DNSException], str] = {
    dns.tsig.PeerBadKey: "it has no such key, or does not let it do this",
    dns.tsig.PeerBadSignature: "its secret there is another one",
    dns.tsig.PeerBadTime: "the clocks differ; set the time on both sides",
    dns.tsig.PeerError: "it names a TSIG error of its own",
    dns.tsig.BadSignature: "it signed its answer with another secret",
    dns.tsig.BadTime: "the clocks differ; set the time on both sides",
}


class _MaskedKey(dns.tsig.Key):
    """dnspython's key shows the secret in its repr; ours may end in a traceback."""

    def __repr__(self) -> str:
        return f"<TSIG key {self.name}>"


def _tsig_key(key: TsigKey) -> dns.tsig.Key:
    secret = base64.b64decode(key.secret.unmask())
    return _MaskedKey(key.name.text, secret, key.algorithm)


def rcode_of(answer: dns.message.Message) -> str:
    """Return the name of an answer's RCODE, for example NXRRSET."""
    return dns.rcode.to_text(answer.rcode())
