"""One question over a connection of its own (RFC 7766), which nobody off the path can forge."""

import asyncio

from omi_core.dns.client.server import Server
from omi_core.resolve.packet import is_without_edns, question, read
from omi_core.resolve.query import PendingQuery, QueryFault, QueryResult, drawn
from omi_core.resolve.reply_match import Match, match
from omi_core.resolve.wire_name import MalformedError
from omi_core.text import Text


async def heard_over_tcp(
    server: Server, asked: PendingQuery, timeout_s: float
) -> tuple[QueryResult, Match]:
    """Return what a server says, and whether it kept the case of the question."""
    heard, kept = await _exchanged(server, asked.sent, timeout_s, edns=asked.edns)
    if heard.reply and asked.edns and is_without_edns(heard.reply):
        return await _exchanged(server, asked.sent, timeout_s, edns=False)
    return heard, kept


async def _exchanged(
    server: Server, sent: bytes, timeout_s: float, *, edns: bool
) -> tuple[QueryResult, Match]:
    number = int.from_bytes(drawn(2))
    try:
        async with asyncio.timeout(timeout_s):
            octets = await _over_a_connection(server, question(number, sent, edns=edns))
    except TimeoutError:
        silent = QueryResult(None, QueryFault.TRUNCATED, Text("TCP: silent"), tcp=True)
        return silent, Match.NONE
    except (OSError, EOFError) as error:
        detail = getattr(error, "strerror", None) or Text("closed")
        words = Text.plain("TCP: {detail}").format(detail=detail)
        return QueryResult(None, QueryFault.TRUNCATED, words, tcp=True), Match.NONE
    kept, wrong = match(octets, number, sent)
    if kept is Match.NONE:
        return QueryResult(None, QueryFault.GARBLED, wrong, tcp=True), kept
    return _read(octets), kept


def _read(octets: bytes) -> QueryResult:
    try:
        reply = read(octets)
    except MalformedError as error:
        return QueryResult(None, QueryFault.GARBLED, error.text, tcp=True)
    if reply.truncated:  # what is not there may be what was cut off
        return QueryResult(None, QueryFault.TRUNCATED, Text("TCP: cut off as well"), tcp=True)
    return QueryResult(reply, tcp=True)


async def _over_a_connection(server: Server, message: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(len(message).to_bytes(2) + message)
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
    finally:
        writer.close()
