"""Relays on pyinfra's `@fake` connector, which answers as a host would and runs nothing."""

import base64
import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import State, StateStage
from pyinfra.connectors.fake import FakeConnector
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra.context import ctx_config, ctx_inventory, ctx_state
from pyinfra_cli.util import exec_file, load_deploy_file

from omi_core.certificates.issuer import Request
from omi_core.certificates.issuers.internal import InternalIssuer
from omi_core.engine.component import BuiltFile, Component, ManagedFile
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.issuers import InternalCa
from omi_core.inventory.model import Environment, Relay
from omi_core.inventory.parse import parse_environment, parse_relay
from omi_core.names import Fqdn
from omi_core.relay import gate, verify
from omi_core.relay import host as base
from omi_core.relay.certificates import component as tls
from omi_core.relay.dkim.keys import SIGNED, wanted_keys
from omi_core.relay.doors import component as doors
from omi_core.relay.dovecot import component as dovecot
from omi_core.relay.firewall import component as firewall
from omi_core.relay.policy import component as policy
from omi_core.relay.postfix import component as postfix
from omi_core.relay.rspamd import component as rspamd
from omi_core.secret import Secret

REPOSITORY = Path(__file__).parents[2]
DEPLOY = str(REPOSITORY / "deploys" / "relay.py")

PASSWORD_MARKER = "Xyzzy1PasswordMarker"
DKIM_MARKER = "Xyzzy2DkimMarker"
PASSWORD_HASH = "{SHA512-CRYPT}$6$abcdefgh$" + PASSWORD_MARKER.ljust(86, ".")

# A public key must be one, or no record could be made of it.
PUBLIC = base64.b64encode(
    bytes.fromhex("302a300506032b6570032100") + hashlib.sha256(b"public").digest()
).decode()
RELEASE = "12"

Responses = Mapping[str, object]


def environment(directory: Path, **changes: Any) -> Environment:
    """An environment with one customer, whose CA lies in `directory`."""
    domain = Fqdn.parse("shop.example")
    account = Account(login="alice", password_hash=Secret(PASSWORD_HASH), senders=(Sender(domain),))
    values: dict[str, Any] = {
        "operator_zone": "itpison.com",
        "public_names": ("smtp.itpison.com", "smtp2.itpison.com"),
        "postmaster": "postmaster@itpison.com",
        "customers": (Customer(name="Shop", domains=(domain,), accounts=(account,)),),
        "issuer": InternalCa(directory=directory / "ca"),
    }
    return parse_environment("x.py:1", **{**values, **changes})


def relay(environment: Environment, number: int) -> Relay:
    return parse_relay(
        "x.py:1",
        f"smtp{number}.itpison.com",
        ipv4=f"192.0.2.{number}",
        ipv6=None,
        environment=environment,
    )


def row(relay: Relay, *answers: Responses) -> tuple[str, dict[str, Any]]:
    """The row of a fake host; of several answers that fit, the first is given."""
    merged = {text: said for answer in answers for text, said in answer.items()}
    data = {"relay": relay, "fake_responses": merged, "fake_delay": 0, "fake_delay_jitter": 0}
    return (f"@fake/{relay.name.relative}", data)


# --- What a host says -----------------------------------------------------------------------------


def bare() -> Responses:
    """Debian with no package of ours, and nothing else."""
    return {"os-release": [f"release debian {RELEASE}"]}


def packages() -> Responses:
    every = (base, dovecot, policy, rspamd, doors, firewall, postfix)
    installed = [f"installed {name}" for each in every for name in each.PACKAGES]
    daemon = "installed time-daemon systemd-timesyncd time-daemon"
    return {"os-release": [f"release debian {RELEASE}", *installed, daemon]}


def observed(component: Component) -> list[str]:
    """The lines by which a host shows that a component is as it should be."""
    digests = {file.path: _digest(file.content) for file in component.files}
    digests |= {file.path: _digest(file.path.encode()) for file in component.built}
    return [
        f"fingerprint {component.fingerprint}",
        "healthy",
        *(f"built {digests[file.path]}  {file.path}" for file in component.built),
        *map(_access, (*component.files, *component.built)),
        *(f"SHA256 ({path}) = {digest}" for path, digest in digests.items()),
    ]


def _access(file: ManagedFile | BuiltFile) -> str:
    return f"access {file.mode:o} {file.owner} {file.group} {file.path}"


def stands(component: Component) -> Responses:
    return {f"components/{component.name}/live": observed(component)}


def holds_keys(environment: Environment, secret: str = "k") -> Responses:
    digest = _digest(secret.encode())
    keys = [key.stem for key in wanted_keys(environment)]
    lines = [f"{digest}  ./{stem}.key" for stem in keys]
    public = [f"{stem} {digest} {PUBLIC}" for stem in keys]
    signed = [f"mark {stem} {SIGNED} 1" for stem in keys]
    return {"names=$(cat)": [DKIM_MARKER], "-name '*.pub'": [*lines, *public, *signed]}


def asks_for_a_certificate() -> Responses:
    return {"cat /var/lib/omi/tls/pending": _request().splitlines()}


def has_certificate(relay: Relay) -> Responses:
    settings = relay.environment.issuer
    assert isinstance(settings, InternalCa)
    issuer = InternalIssuer(settings=settings)
    names = tls.certificate_names(relay)
    chain = issuer.issue(Request(place="x", names=names, pem=_request().encode()))
    lines = observed(tls.configured((chain,), relay, issuer.mark))
    served = ["chain 1", *chain.pem.decode().splitlines(), f"issuer {issuer.mark}"]
    return {"components/tls/live": [*served, *lines]}


def settled(relay: Relay, relays: int = 2) -> Responses:
    """One of `relays` relays on which everything is as it should be."""
    signable = frozenset(relay.environment.sender_domains)
    return {
        **packages(),
        **stands(base.configured(relay)),
        **has_certificate(relay),
        **holds_keys(relay.environment),
        **stands(dovecot.configured(relay, RELEASE, relays)),
        **stands(policy.configured(relay, RELEASE)),
        **stands(rspamd.configured(relay)),
        **stands(doors.configured()),
        **stands(firewall.configured(relay)),
        **stands(postfix.configured(relay, signable, RELEASE)),
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _request() -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


# --- A run ----------------------------------------------------------------------------------------


_OPEN = {"port": 465, "checks": [], "conversations": []}
FINE = verify.Verification(code=verify.FINE, document={"cells": [_OPEN], "names": []}, sentences=())


def unpacked(staged: str) -> dict[str, bytes]:
    """The files that a command was handed on standard input, by name."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(staged))) as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in files.items() if file}


@dataclass
class Run:
    """What a run did: by host, the commands, what was handed to them, and what changed."""

    commands: dict[str, list[str]] = field(default_factory=dict)
    stdin: dict[str, list[str]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    error: str = ""
    looks: list[list[str]] = field(default_factory=list)
    seen: Sequence[verify.Verification] = (FINE,)
    # Host, command, and whether it begins or ends, in the order of time.
    moments: list[tuple[str, str, bool]] = field(default_factory=list)

    def on(self, relay: Relay) -> list[str]:
        return self.commands.get(f"@fake/{relay.name.relative}", [])

    def looked_at(self, arguments: list[str]) -> verify.Verification:
        """Answer a look from outside: all is fine, or what the test says, the last for ever."""
        self.looks.append(arguments)
        return self.seen[min(len(self.looks), len(self.seen)) - 1]

    def touching(self, relay: Relay, what: str) -> list[str]:
        """The commands in which a text stands; not the prefetch, in which everything stands."""
        looks = (command for command in self.on(relay) if not _SIDE_BY_SIDE.search(command))
        return [command for command in looks if what in command]


# What a host runs side by side for a prefetch, and the number that its lines bear.
_SIDE_BY_SIDE = re.compile(
    r"\{ (?:\{ )?(.*?); echo \.; \} 2>/dev/null \| awk '\{ print \"(\d+) \" \$0", re.DOTALL
)


@contextmanager
def recording(run: Run) -> Iterator[None]:
    """Note what each command is handed on standard input, which `@fake` does not.

    A prefetch is answered as each of its questions would be.
    """
    original = FakeConnector.run_shell_command

    def noting(self: Any, command: Any, **arguments: Any) -> Any:
        text = command.get_masked_value()
        run.commands.setdefault(self.host.name, []).append(text)
        run.stdin.setdefault(self.host.name, []).append(str(arguments.get("_stdin") or ""))
        if not (parts := _SIDE_BY_SIDE.findall(text)):
            run.moments.append((self.host.name, text, True))
            answer = original(self, command, **arguments)
            run.moments.append((self.host.name, text, False))
            return answer
        lines = []
        for question, number in parts:
            answered, output = original(self, StringCommand(question), **arguments)
            lines += [f"{number} {line}" for line in output.stdout_lines]
            lines += [f"{number} ."] if answered else []
        packed = base64.b64encode(gzip.compress("\n".join(lines).encode())).decode()
        return True, CommandOutput([OutputLine("stdout", f"packed {packed}")])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeConnector, "run_shell_command", noting)
        # What would be looked at from outside are addresses of nobody (RFC 5737).
        patch.setattr(verify, "look", run.looked_at)
        patch.setattr(gate, "PAUSE_S", 0)
        yield


def deploy(
    rows: list[tuple[str, dict[str, Any]]],
    *,
    dry: bool = False,
    limit: Callable[[Host], bool] = lambda _: True,
    diff: bool = False,
    what: str = DEPLOY,
    seen: Sequence[verify.Verification] = (FINE,),
) -> Run:
    """Run a deploy on `rows` as `pyinfra -y` does, or with `dry` as `pyinfra --dry`."""
    run = Run(seen=seen)
    state = State(check_for_changes=dry)
    state.cwd = str(REPOSITORY)
    inventory = Inventory((rows, {}))
    config = Config(DIFF=diff)
    with (
        recording(run),
        ctx_state.use(state),
        ctx_inventory.use(inventory),
        ctx_config.use(config),
    ):
        exec_file(str(REPOSITORY / "config.py"))
        chosen = [host for host in inventory if limit(host)]
        state.init(inventory, config, initial_limit=chosen)
        try:
            state.set_stage(StateStage.Connect)
            connect_all(state)
            state.set_stage(StateStage.Prepare)
            load_deploy_file(state, what)
            if not dry:
                state.set_stage(StateStage.Execute)
                run_ops(state)
        except PyinfraError as error:
            run.error = str(error)
    run.failed = {host.name for host in state.failed_hosts}
    run.changed = {host.name for host in inventory if _changed(state, host, dry=dry)}
    return run


def _changed(state: State, host: Host, *, dry: bool) -> bool:
    metas = [operation.operation_meta for operation in state.ops[host].values()]
    return any(
        meta.will_change if dry else meta.is_complete() and meta.did_change() for meta in metas
    )
