"""Servers on loopback that send whatever a test says, octet for octet."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Talk = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def serving(
    talk: Talk, context: ssl.SSLContext | None = None, heard: list[bytes] | None = None
) -> Iterator[str]:
    """Yield the URL of a server that reads a request, then lets `talk` answer it.

    With a `context` it is one of TLS; `heard` are the requests.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        spoken = connection
        with suppress(OSError):
            spoken = context.wrap_socket(connection, server_side=True) if context else connection
            request = spoken.recv(65536)
            if heard is not None:
                heard.append(request)
            talk(spoken)
        spoken.close()
        connection.close()

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_ones.append(connection)
                threads.append(threading.Thread(target=one, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=serve)
    accepting.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listener.close()
        for each in open_ones:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def saying(*pieces: bytes) -> Talk:
    """Return a talk that sends these pieces and closes."""
    return lambda connection: connection.sendall(b"".join(pieces))


def endless(first: bytes, again: bytes, pause: threading.Event | None = None) -> Talk:
    """Return a talk that never ends; with `pause`, one that drips, a piece in 20 ms."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(again)
            if pause is not None:
                pause.wait(0.02)

    return talk
