"""The send engine, as far as a relay sees it: an SMTP server of the lab, since it cannot be had.

It stands beside the client, at an address of its own; `engine_server.py` is the program. Tests
read what it took with `launches`, and say how it behaves with `behave`, `stop` and `start`.
"""

import base64
import json
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from lab import hosts, plan
from lab.failure import LabError
from lab.seed import File
from lab.site import Site

HOST = "engine.lab-dns.example"
ON = "client"
STORE = "/var/lib/lab-engine"
UNIT = "lab-engine.service"
_PROGRAM = Path(__file__).with_name("engine_server.py")
_SETTINGS = "/etc/lab-engine.json"
_SERVICE = f"""[Unit]
Description=The send engine's SMTP door, of the lab
After=network.target
[Service]
ExecStart=/usr/bin/python3 -I /usr/local/lib/lab-engine.py {_SETTINGS}
Restart=on-failure
RestartSec=0.2
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """A mail that the engine took, with its envelope."""

    number: int
    login: str
    sender: str
    recipients: tuple[str, ...]
    octets: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.octets, policy=policy.default)


def files() -> list[File]:
    """Return the program and its service."""
    relays = [host for host in plan.HOSTS if host.role is plan.Role.RELAY]
    settings = {
        "store": STORE,
        "addresses": [plan.ipv4(plan.ENGINE), plan.ipv6(plan.ENGINE)],
        "trusted": [address for host in relays for address in (host.ipv4, host.ipv6)],
        "accounts": {account.login: account.password for account in plan.ACCOUNTS},
    }
    return [
        File(path="/usr/local/lib/lab-engine.py", content=_PROGRAM.read_text()),
        File(path=_SETTINGS, content=json.dumps(settings, indent=2), mode=0o600),
        File(path=f"/etc/systemd/system/{UNIT}", content=_SERVICE),
    ]


def start(site: Site) -> None:
    """Let it answer, as it does unless it is told otherwise; no other test pays for it."""
    behave(site, "")
    address = plan.ipv4(plan.ENGINE)
    _run(
        site,
        f"systemctl start {UNIT}; for attempt in $(seq 100); do"
        f" nc -z {address} 25 && exit 0; sleep 0.1; done; exit 1",
    )


def stop(site: Site) -> None:
    """Let nobody answer at its address."""
    _run(site, f"systemctl stop {UNIT}")


def behave(site: Site, mode: str) -> None:
    """Say how it behaves from the next command on; see `engine_server.py`."""
    _run(site, f'mkdir -p {STORE}; printf %s "$1" > {STORE}/mode', mode)


def launches(site: Site, token: str = "") -> list[Launch]:
    """Return what it took, oldest first, as far as it contains the token."""
    script = f'cd {STORE}; for m in *.eml; do test ! -f "$m" || printf "%s %s %s\\n"'
    script += ' "${m%.eml}" "$(base64 -w 0 "${m%.eml}.json")" "$(base64 -w 0 "$m")"; done'
    found = [_launch(line) for line in _run(site, script).splitlines()]
    return sorted((each for each in found if token.encode() in each.octets), key=_number)


def wait_for(site: Site, token: str, timeout: float = 30) -> Launch:
    """Return the one mail that contains the token, once it is there; raises LabError."""
    deadline = time.monotonic() + timeout
    while not (found := launches(site, token)):
        if time.monotonic() > deadline:
            raise LabError(f"the engine got no mail with {token} in {timeout:.0f} s")
        time.sleep(0.2)
    return found[0]


def _number(launch: Launch) -> int:
    return launch.number


def _launch(line: str) -> Launch:
    number, envelope, octets = line.split(" ")
    told = json.loads(base64.b64decode(envelope))
    return Launch(
        number=int(number),
        login=told["login"],
        sender=told["sender"],
        recipients=tuple(told["recipients"]),
        octets=base64.b64decode(octets),
    )


def _run(site: Site, script: str, *words: str) -> str:
    ended = hosts.run(site, ON, ["sh", "-c", script, "sh", *words])
    if ended.returncode:
        raise LabError(f"{ON}: {script}: {ended.stderr}")
    return ended.stdout
