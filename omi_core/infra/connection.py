"""What is set on a connection before the first command goes over it."""

import socket

from pyinfra.context import host


def send_at_once() -> None:
    """Switch Nagle's algorithm off on the SSH connection to this host.

    paramiko leaves it on, which stalls every command after the first by about 40 ms. A connection
    through a jump host has a channel for a socket; it, and the control row, are left alone.
    """
    transport = _transport()
    sock = getattr(transport, "sock", None)
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _transport() -> object:
    client = getattr(host.connector, "client", None)
    return client.get_transport() if client is not None else None
