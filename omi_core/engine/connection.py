"""What is set on a connection before the first command goes over it."""

import socket

from pyinfra.api.host import Host

from omi_core.engine.rows import relay_rows


def send_at_once() -> None:
    """Switch Nagle's algorithm off on the SSH connections to the relays.

    paramiko leaves it on, which stalls every command after the first by about 40 ms. A connection
    through a jump host has a channel for a socket, and is left alone.
    """
    for row in relay_rows():
        sock = getattr(_transport(row), "sock", None)
        if isinstance(sock, socket.socket):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _transport(row: Host) -> object:
    client = getattr(row.connector, "client", None)
    return client.get_transport() if client is not None else None
