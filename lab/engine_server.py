"""The send engine's SMTP door as the customers' guide shows it (4.2.1), for `lab/engine.py`.

It runs on a host of the lab, by that host's Python: standard library alone. The words are those of
the guide: no STARTTLS, no SIZE, no 8BITMIME, no PIPELINING. It takes mail from the relays' own
addresses, and from whoever logs in; what it took lies in the store, a mail and its envelope each
under its LaunchID. The file `mode` in the store says how it behaves: nothing, `slow SECONDS`
before each reply, or a reply such as `550 5.7.1 no` to every mail.
"""

import asyncio
import base64
import binascii
import contextlib
import email.utils
import json
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

FIRST_LAUNCH = 67239495
LONGEST_LINE = 1 << 20  # octets, of a body's line too
LONGEST_MAIL = 64 << 20


@dataclass(frozen=True)
class Engine:
    """What all sessions share: whom it knows, and where mail is put."""

    store: Path
    trusted: frozenset[str]
    accounts: dict[str, str]
    launches: "count[int]" = field(default_factory=lambda: count(FIRST_LAUNCH))

    @property
    def mode(self) -> str:
        """How it behaves now."""
        try:
            return (self.store / "mode").read_text().strip()
        except OSError:
            return ""

    def keep(self, envelope: dict[str, object], octets: bytes) -> int:
        """Put a mail into the store; return its number, which no other one has."""
        for number in self.launches:
            try:
                with (self.store / f"{number}.json").open("x") as file:
                    json.dump(envelope, file)
            except FileExistsError:
                continue
            aside = self.store / f"{number}.part"
            aside.write_bytes(octets)
            aside.rename(self.store / f"{number}.eml")
            return number
        raise AssertionError("numbers do not end")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client to the end."""
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, ValueError, asyncio.LimitOverrunError
        ):
            await _Session(self, reader, writer).run()
        writer.close()


class _Session:
    """One session: a command and a reply at a time."""

    def __init__(
        self, engine: Engine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.engine, self.reader, self.writer = engine, reader, writer
        self.peer = str(writer.get_extra_info("peername")[0]).removeprefix("::ffff:")
        self.login = ""
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.is_over = False

    async def run(self) -> None:
        date = email.utils.formatdate(localtime=True)
        await self.say(f"220 newermail.com Mail Service, NewerMail 5.9.0.1 ready at {date}")
        while not self.is_over:
            line = (await self.reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\r\n")
            verb, _, rest = line.partition(" ")
            await getattr(self, f"on_{verb.lower()}", self.unknown)(rest.strip())

    async def say(self, *lines: str) -> None:
        word, _, seconds = self.engine.mode.partition(" ")
        if word == "slow":
            await asyncio.sleep(float(seconds))
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()

    async def unknown(self, _: str) -> None:
        await self.say("500 5.5.1 Command unrecognized")

    async def on_ehlo(self, _: str) -> None:
        hello = f"250-newermail.com Hello [{self.peer}]"
        await self.say(hello, "250-AUTH LOGIN PLAIN", "250-HELP", "250 OK")

    async def on_helo(self, _: str) -> None:
        await self.say(f"250 newermail.com Hello [{self.peer}]")

    async def on_auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        try:
            if mechanism.upper() == "PLAIN":
                _, login, password = (await self.told(initial, "")).split("\0")
            elif mechanism.upper() == "LOGIN":
                login = await self.told(initial, "Username:")
                password = await self.told("", "Password:")
            else:
                return await self.say("504 5.5.4 Unrecognized authentication type")
        except (ValueError, binascii.Error):
            return await self.say("501 5.5.2 Cannot decode")
        if self.engine.accounts.get(login) != password:
            return await self.say("535 5.7.8 Authentication failed.")
        self.login = login
        return await self.say("235 Authentication successful.")

    async def told(self, already: str, question: str) -> str:
        """Return what the client says in base64; asked for, unless it came with the command."""
        if not already:
            await self.say(f"334 {base64.b64encode(question.encode()).decode()}")
            already = (await self.reader.readuntil(b"\n")).decode().strip()
        return base64.b64decode(already, validate=True).decode()

    async def on_mail(self, rest: str) -> None:
        if not self.login and self.peer not in self.engine.trusted:
            return await self.say("530 5.7.0 Authentication required")
        self.sender, self.recipients = address(rest), []
        return await self.say(f"250 2.1.0 {self.sender}....Sender OK")

    async def on_rcpt(self, rest: str) -> None:
        if self.sender is None:
            return await self.say("503 5.5.1 Bad sequence of commands")
        self.recipients.append(address(rest))
        return await self.say(f"250 2.1.5 {self.recipients[-1]}")

    async def on_data(self, _: str) -> None:
        if not self.recipients:
            return await self.say("503 5.5.1 Bad sequence of commands")
        await self.say("354 Start mail input; end with <CRLF>.<CRLF>")
        octets = await self.message()
        envelope: dict[str, object] = {"login": self.login, "peer": self.peer}
        envelope |= {"sender": self.sender, "recipients": self.recipients}
        self.sender, self.recipients = None, []
        mode = self.engine.mode
        if mode[:1] in {"4", "5"}:
            return await self.say(mode)
        return await self.say(f"250 LaunchID={self.engine.keep(envelope, octets)}")

    async def message(self) -> bytes:
        """Read to the line of one dot (RFC 5321 4.5.2)."""
        lines: list[bytes] = []
        size = 0
        while (line := await self.reader.readuntil(b"\n")) != b".\r\n":
            size += len(line)
            if size > LONGEST_MAIL:
                raise ValueError("too long")
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    async def on_rset(self, _: str) -> None:
        self.sender, self.recipients = None, []
        await self.say("250 2.0.0 OK")

    async def on_noop(self, _: str) -> None:
        await self.say("250 2.0.0 OK")

    async def on_help(self, _: str) -> None:
        await self.say("214 2.0.0 HELO EHLO AUTH MAIL RCPT DATA RSET NOOP QUIT HELP")

    async def on_quit(self, _: str) -> None:
        self.is_over = True
        await self.say("221 2.0.0 newermail.com closing connection")


def address(rest: str) -> str:
    """Return what stands between the angle brackets of MAIL FROM:<...> or RCPT TO:<...>."""
    return rest.partition("<")[2].rpartition(">")[0]


async def serve(engine: Engine, addresses: list[str]) -> None:
    """Serve until the end."""
    server = await asyncio.start_server(
        engine.serve, addresses, 25, limit=LONGEST_LINE, backlog=1024
    )
    await server.serve_forever()


def main(settings_file: Path) -> None:
    """Serve as the settings file says."""
    told = json.loads(settings_file.read_text())
    engine = Engine(Path(told["store"]), frozenset(told["trusted"]), told["accounts"])
    engine.store.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(engine, told["addresses"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
