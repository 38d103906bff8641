"""The lab's relays while their DKIM keys rotate: days pass, runs follow, receivers judge."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.dkim_rotation import DAY, DEPLOY, forget
from lab import delegation, mailbox, plan
from lab.site import Site
from tests.lab.dns_proxy import Hook, always, between
from tests.lab.relay_client import RELAYS, deliver
from tests.lab.relay_run import Control, Inventory, shell

# Those with keys: the customers', and the zone that signs the notices of the relays.
DOMAINS = ("shop.example", "news.example", "itpison.com")
SLOTS = ("omi1", "omi2")
SELECTORS = ("omi1", "omi1e", "omi2", "omi2e")
KEYS = "/etc/omi/dkim"
ROTATE = ("--data", "rotate=true")
PASS = "spf=pass dkim=pass dmarc=pass"
PRIMARY = (plan.ipv4(plan.AUTHORITATIVE), 53)
SERVER = 'server="198.18.0.2"'
IMPORT = "    rfc2136,\n"
LAST = "    plaintext_auth"


@dataclass
class World:
    """The relays under an inventory that settles at once, so that one run makes many steps."""

    control: Control
    directory: Path
    settings: str = ""
    inventory: Path = field(init=False)

    def __post_init__(self) -> None:
        self.publish_at(PRIMARY[0])

    @property
    def place(self) -> Site:
        return self.control.site

    @contextmanager
    def publishing(self, before: Hook = always, after: Hook = always) -> Iterator[None]:
        """Let all that is published pass these hooks."""
        with between(PRIMARY, before=before, after=after) as port:
            self.publish_at("127.0.0.1", port)
            yield
        self.publish_at(PRIMARY[0])

    def publish_at(self, server: str, port: int = 53) -> None:
        """Write the inventory."""
        settings = f"    rotation=rotation(settle_minutes=0),{self.settings}\n{LAST}"
        changes = {
            SERVER: f'server="{server}", port={port}',
            IMPORT: f"{IMPORT}    rotation,\n",
            LAST: settings,
        }
        self.inventory = Inventory(self.directory, changes=changes).write(self.control)

    def run(self, *words: str) -> list[str]:
        """Run to the end; what was changed."""
        ended = self.control.run("-y", *words, inventory=self.inventory, what=DEPLOY)
        assert ended.code == 0, ended.said
        return ended.changed

    def free_slot(self) -> str:
        """The slot without a key, which the next one gets."""
        [slot] = {slot for slot in SLOTS if f"shop.example.{slot}.key" not in self.files("smtp")}
        return slot

    def mails(self) -> Iterator[tuple[str, mailbox.Received]]:
        """Mail of both domains by each relay, as a receiver judges it that remembers nothing."""
        delegation.flush(self.place)
        for relay in RELAYS:
            for account in plan.ACCOUNTS:
                yield relay, deliver(self.place, relay, account=account)

    def verdicts(self) -> set[str]:
        """What the receiver says of such mail."""
        return {str(received.verdict) for _, received in self.mails()}

    def signed(self) -> dict[str, set[str]]:
        """By relay, the selectors of such mail and the verdict on each signature."""
        found: dict[str, set[str]] = {relay: set() for relay in RELAYS}
        for relay, received in self.mails():
            results = " ".join(received.verdict.signatures)
            found[relay].add(f"{' '.join(selectors(received))}: {results}")
        return found

    def completed(self, patience: int = 5) -> bool:
        """Let days pass and runs follow until one has nothing to do."""
        for _ in range(patience):
            forget(self.place, 8 * DAY)
            if not self.run():
                return True
        return False

    def records(self) -> set[str]:
        """The keys that are published."""
        names = {f"{domain}.{slot}": key(domain, slot) for slot in SELECTORS for domain in DOMAINS}
        command = f"kdig @{PRIMARY[0]} +short {{}} TXT"
        return {n for n, k in names.items() if shell(self.place, "dns", command.format(k)).strip()}

    def files(self, relay: str) -> set[str]:
        """The keys on a relay, and whatever else is beside them but marks."""
        listed = shell(self.place, relay, f"cd {KEYS}; ls -A").split()
        return {name for name in listed if not name.endswith(".mark")}


def key(domain: str, slot: str) -> str:
    return f"{slot}.{domain}.dkim.itpison.com"


def selectors(received: mailbox.Received) -> list[str]:
    """The selectors of all signatures."""
    every = received.message.get_all("DKIM-Signature", [])
    return sorted(re.findall(r"\bs=(omi\w+)", " ".join(map(str, every))))


def restored(control: Control) -> None:
    """Let the first slot sign again, and nothing be left of a rotation."""
    for relay in RELAYS:
        shell(control.site, relay, f"cd {KEYS}; rm -f *.omi2* *.mark *.omi1e.*")
    control.deploy()
    control.deploy(what=DEPLOY)
