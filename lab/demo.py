"""Sends one mail on each listener of each relay, and shows what the receiver said about it.

The sender is curl on the client host, which knows the relays only by their public names and
checks their certificates.
"""

import secrets
import sys
import time
from collections.abc import Iterator

from lab import hosts, mailbox, plan, site
from lab.failure import LabError
from lab.site import Site
from omi_core.smtp.listeners import ACCESSES, Access

RECIPIENT = "demo@inbox.example"
_MESSAGE = "/tmp/omi-demo.eml"


def main() -> int:
    """Send all mails; 1 if one did not arrive or did not pass."""
    place = site.here()
    relays = [host for host in plan.standing() if host.role is plan.Role.RELAY]
    try:
        outcomes = [_show(place, relay, way) for relay in relays for way in ACCESSES]
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return error.exit_code
    _show_next()
    return 0 if all(outcomes) else 1


def _show(place: Site, relay: plan.Host, way: Access) -> bool:
    label = f"{relay.fqdn:17} {way!s:12}"
    begin = time.monotonic()
    try:
        received = _deliver(place, relay, way)
    except (LabError, TimeoutError) as error:
        print(f"{label}  not delivered: {error}", flush=True)
        return False
    print(f"{label}  {received.verdict}  {time.monotonic() - begin:.1f} s", flush=True)
    return received.verdict.is_pass


def _deliver(place: Site, relay: plan.Host, way: Access) -> mailbox.Received:
    account = plan.ACCOUNTS[0]
    token = secrets.token_hex(8)
    hosts.check(place, "client", ["tee", _MESSAGE], stdin=_mail(account, relay, way, token))
    # The password reaches curl on standard input: an argument could be read by all (ps).
    words = ["curl", "--silent", "--show-error", "--max-time", "30", "--config", "-"]
    hosts.check(place, "client", words, stdin="\n".join(_curl(account, relay, way)))
    return mailbox.wait_for(place, RECIPIENT, token)


def _curl(account: plan.Account, relay: plan.Host, way: Access) -> Iterator[str]:
    scheme = "smtps" if way.security == "tls" else "smtp"
    settings = {
        "url": f"{scheme}://{relay.fqdn}:{way.port}/client.lab-dns.example",
        "user": f"{account.login}:{account.password}",
        "mail-from": account.sender,
        "mail-rcpt": RECIPIENT,
        "upload-file": _MESSAGE,
    }
    for name, value in settings.items():
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        yield f'{name} = "{quoted}"'
    if way.security == "starttls":
        yield "ssl-reqd"


def _mail(account: plan.Account, relay: plan.Host, way: Access, token: str) -> str:
    lines = (
        f"From: Alice <{account.sender}>",
        f"To: <{RECIPIENT}>",
        f"Subject: {way.security} on port {way.port} of {relay.fqdn}",
        f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime())}",
        f"Message-ID: <{token}@shop.example>",
        "",
        f"Sent by the demo, {token}.",
        "",
    )
    return "\r\n".join(lines)


def _show_next() -> None:
    print(
        "\nLook next at\n"
        "  python3 -m lab ssh smtp                       a relay, from inside\n"
        "  inventories/lab.py, deploys/relay.py          what exists, and what happened\n"
        "  docs/tutorial.md                              your own names and hosts\n"
        "  docs/lab.md                                   this lab\n"
        "  make demo-down                                end it",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
