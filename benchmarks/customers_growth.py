"""What of a run grows with the number of customers, each part measured in a process of its own.

usage: python -m benchmarks.customers_growth      with neither lab nor root

Prints seconds of CPU for 100, 1,000 and 10,000 customers, and the exponent between the last two:
1 is in step with their number, 1.13 is n log n, 2 is quadratic.
"""

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.figures import Bar, show
from omi_core.inventory.model import Environment, Relay
from omi_core.relay.dkim.keys import HostKeys

SIZES = (100, 1_000, 10_000)
ROUNDS = 3
EXPONENT = Bar(limit=1.2)
LAB = Path("inventories/lab.py")

_CUSTOMER = """name = "Customer {number}"
domains = ["c{number}.{zone}"]

[[account]]
login = "c{number}-mail"
password_hash = "{{SHA512-CRYPT}}$6${salt}${hash}"
senders = ["@c{number}.{zone}"]
"""


def customer(number: int, zone: str = "customers.example", password: int = 0) -> str:
    """Return the file of a customer with one domain and one account; no password fits its hash."""
    digits = f"{password:08d}{number:08d}"
    return _CUSTOMER.format(number=number, zone=zone, salt=digits, hash=digits.ljust(86, "."))


def inventory(directory: Path, count: int) -> Path:
    """Write the lab's inventory with `count` more customers; its group data fit its name."""
    customers = directory / "customers"
    customers.mkdir(parents=True, exist_ok=True)
    for file in Path("inventories/lab/customers").glob("*.toml"):
        (customers / file.name).write_text(file.read_text())
    for number in range(count):
        (customers / f"c{number}.toml").write_text(customer(number))
    path = directory / "lab.py"
    path.write_text(LAB.read_text().replace("inventories/lab/customers", str(customers)))
    return path


@contextmanager
def _taken(taken: dict[str, float], what: str) -> Iterator[None]:
    begin = time.process_time()
    yield
    taken[what] = time.process_time() - begin


def measured(path: Path) -> dict[str, float]:
    """Return seconds of CPU by part, and the memory of the process in MiB."""
    # What is imported is not what grows.
    from omi_core.inventory.load import relays_in
    from omi_core.relay.dkim import keys

    relays_in(LAB)
    taken: dict[str, float] = {}
    with _taken(taken, "read customers' files"):
        relays = relays_in(path)
    _daemons_files(taken, relays[0])
    lines = _fact(path.with_name("spki").read_bytes(), keys.wanted_keys(relays[0].environment))
    with _taken(taken, "read what the relays hold of keys"):
        held = {each.name.relative: keys.DkimKeys().process(lines) for each in relays}
    _decisions(taken, relays[0].environment, held)
    _zones(taken, relays, held)
    taken["memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return taken


def _daemons_files(taken: dict[str, float], relay: Relay) -> None:
    from omi_core.milter.accounts import read_accounts
    from omi_core.relay.dovecot import component as dovecot
    from omi_core.relay.policy import component as policy
    from omi_core.relay.postfix import component as postfix
    from omi_core.relay.rspamd import component as rspamd

    signable = frozenset(relay.environment.signing_domains)
    with _taken(taken, "build the daemons' files"):
        components = (
            dovecot.configured(relay, "13"),
            policy.configured(relay, "13"),
            rspamd.configured(relay),
            postfix.configured(relay, signable, "13"),
        )
        for each in components:
            _ = each.fingerprint
    accounts = next(f for each in components for f in each.files if f.path == policy.ACCOUNTS)
    with _taken(taken, "read accounts.json, in the policy daemon"):
        read_accounts(accounts.content)


def _decisions(
    taken: dict[str, float], environment: Environment, held: Mapping[str, HostKeys]
) -> None:
    from omi_core.mailauth.dkim.rotation import Intent, Run, decide
    from omi_core.relay.dkim import keys

    order = tuple(held)
    run = Run(rotation=environment.rotation, intent=Intent.KEEP, now=0, proof=False)
    with _taken(taken, "decide about keys"):
        slots = {
            domain: decide(keys.slots_seen(domain, order, held, ()), run).wanted
            for domain in environment.signing_domains
        }
        keys.missing_keys(order[0], keys.wanted_keys(environment, slots), order, held, order)


def _zones(taken: dict[str, float], relays: Sequence[Relay], held: Mapping[str, HostKeys]) -> None:
    from omi_core.dns.client import wire
    from omi_core.dns.operator import operator_of
    from omi_core.dns.plan import plan
    from omi_core.dns.publication import publications
    from omi_core.dns.publishing import planned_from
    from omi_core.dns.zone import Zone
    from omi_core.relay.dkim.public import sender_domain

    environment, keys = relays[0].environment, list(held.values())
    with _taken(taken, "say what DNS must hold"):
        domains = [sender_domain(d, environment, keys) for d in environment.signing_domains]
        made = publications(operator_of(environment, relays), domains, environment.writable_zones)
        made[0].looks_at()
    with _taken(taken, "plan an empty zone"):
        first = plan(made[0], Zone.of(made[0].zone, ()))
    with _taken(taken, "write a plan of all as updates"):
        for batch in wire.batches(first.changes):
            wire.update_message(made[0].zone, batch).to_wire()
    records = [record for change in first.changes for record in change.after]
    with _taken(taken, "plan with nothing to do"):
        left = planned_from(made[0], Zone.of(made[0].zone, records))
    if left.changes:
        raise SystemExit("bench: what was planned is not what a second plan finds")


def _fact(spki: bytes, wanted: tuple[object, ...]) -> list[str]:
    import base64

    public = base64.b64encode(spki).decode()
    stems = [getattr(key, "stem", "") for key in wanted]
    return [
        *(f"{'0' * 64}  ./{stem}.key" for stem in stems),
        *(f"{stem} {'0' * 64} {public}" for stem in stems),
        *(f"mark {stem} signed 1" for stem in stems),
    ]


def growth(directory: Path) -> dict[str, list[float]]:
    """Return for each part the median at each size."""
    found: dict[str, list[float]] = {}
    for size in SIZES:
        path = inventory(directory / str(size), size)
        path.with_name("spki").write_bytes(_spki())
        rounds = [_alone(path) for _ in range(ROUNDS)]
        for part in rounds[0]:
            found.setdefault(part, []).append(median(each[part] for each in rounds))
    return found


def _alone(path: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "benchmarks.customers_growth", str(path)]
    return dict(json.loads(subprocess.run(words, capture_output=True, check=True).stdout))


def _spki() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def report(found: dict[str, list[float]], say: Callable[[str], None] = print) -> None:
    """Print a line a part, with the exponent and its bar."""
    say(f"customers: {', '.join(f'{size:,}' for size in SIZES)}")
    for part, values in found.items():
        figures = "  ".join(f"{value:8.3f}" for value in values)
        exponent = math.log10(max(values[-1], 1e-6) / max(values[-2], 1e-6))
        say(f"    {part:44} {figures}")
        show("        grows as n to the power of", f"{exponent:.2f}", exponent, EXPONENT)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measured(Path(sys.argv[1]))))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            report(growth(Path(scratch)))
