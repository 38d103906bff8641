"""The shell that makes, keeps and serves a relay's keys, run for real in a directory."""

import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from omi_core.certificates.chain import Chain
from omi_core.certificates.decision import HeldCertificates
from omi_core.certificates.issuers.internal_ca import InternalCaFiles
from omi_core.engine.component_state import NOTHING
from omi_core.inventory.issuers import InternalCa, KeyKind, ProvidedFiles
from omi_core.inventory.model import Relay as Settings
from omi_core.inventory.parse import parse_environment, parse_relay
from omi_core.names import Fqdn
from omi_core.relay.certificates.component import (
    BUILD,
    CHAIN,
    CHAIN_WITH_KEY,
    SECOND_CHAIN,
    CertificateState,
    ServedCertificates,
    certificate_names,
    configured,
)
from omi_core.relay.certificates.request import (
    PENDING,
    RECEIVE_KEY,
    CertificateRequest,
    request_script,
)
from tests.sandbox import Done, Sandbox

NAMES = tuple(Fqdn.parse(name) for name in ("smtp.itpison.com", "smtp2.itpison.com"))
ECDSA, RSA = KeyKind


class Relay:
    """A host with the engine's directories below a temporary one, and the CA beside it."""

    def __init__(self, directory: Path) -> None:
        self.sandbox = Sandbox(directory / "host")
        self.ca = InternalCaFiles(directory / "ca")
        self.served = self.here(CHAIN_WITH_KEY)
        self.served.parent.mkdir(parents=True)
        (self.here("/stage") / CHAIN[1:]).parent.mkdir(parents=True)
        self.before = self.sandbox.root / "tls/previous/tree" / CHAIN_WITH_KEY[1:]
        self.before.parent.mkdir(parents=True)

    def here(self, path: str) -> Path:
        return self.sandbox.directory / path[1:]

    def pending(self, kind: str = "ecdsa") -> Path:
        return self.here(PENDING) / f"pending.{kind}.key"

    def shell(self, script: str, stdin: str = "") -> Done:
        for path in (CHAIN_WITH_KEY, PENDING):  # but not below $STAGE
            script = re.sub(rf"(?<!\w){path}", str(self.here(path)), script)
        return self.sandbox.shell(script, stdin)

    def ask(self, kind: KeyKind = ECDSA) -> Chain:
        """Make a key and a request on the host, and have it signed."""
        done = self.shell(request_script(kind, NAMES))
        assert done.returncode == 0, done.stderr
        request = (self.here(PENDING) / f"pending.{kind}.csr").read_text()
        return self.ca.issue(CertificateRequest().process(request.splitlines()), NAMES)

    def build(self, *chains: Chain) -> Done:
        """Build keys and chains into one file, as it is done in the stage."""
        for path in (CHAIN, SECOND_CHAIN):
            (self.here("/stage") / path[1:]).unlink(missing_ok=True)
        for path, chain in zip((CHAIN, SECOND_CHAIN), chains, strict=False):
            (self.here("/stage") / path[1:]).write_bytes(chain.pem)
        return self.staged(BUILD)

    def staged(self, script: str) -> Done:
        return self.shell(f"umask 077\nset -eu\nSTAGE={self.here('/stage')}\n{script}")

    def activate(self) -> None:
        (self.here("/stage") / CHAIN_WITH_KEY[1:]).rename(self.served)

    def serve(self) -> Chain:
        chain = self.ask()
        assert self.build(chain).returncode == 0
        self.activate()
        self.pending().unlink()
        return chain

    def look(self) -> ServedCertificates:
        done = self.shell(CertificateState().command().get_raw_value())
        assert done.returncode == 0
        return CertificateState().process(done.stdout.splitlines())

    @property
    def chain(self) -> Chain | None:
        chains = self.look().held.chains
        return chains[0] if chains else None


@pytest.fixture
def relay(tmp_path: Path) -> Relay:
    return Relay(tmp_path)


def test_the_key_is_made_on_the_host_for_its_owner_only_and_the_request_covers_every_name(
    relay: Relay,
) -> None:
    relay.ask()
    assert stat.S_IMODE(relay.pending().stat().st_mode) == 0o600
    assert stat.S_IMODE(relay.pending().parent.stat().st_mode) == 0o700
    request = x509.load_pem_x509_csr((relay.pending().parent / "pending.ecdsa.csr").read_bytes())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [name.relative for name in NAMES]


def test_key_and_chain_come_into_one_file_that_is_seen_as_a_certificate(relay: Relay) -> None:
    assert relay.chain is None
    chain = relay.serve()
    assert relay.chain == chain
    assert stat.S_IMODE(relay.served.stat().st_mode) == 0o600
    assert relay.served.read_text().index("PRIVATE KEY") < relay.served.read_text().index("CERT")


def test_a_key_of_each_kind_stands_in_one_file_with_its_own_chain(relay: Relay) -> None:
    chains = (relay.ask(ECDSA), relay.ask(RSA))
    assert relay.build(*chains).returncode == 0
    relay.activate()
    assert relay.look().held.chains == chains
    assert [chain.key_kind for chain in chains] == ["P-256", "RSA 2048"]
    assert relay.served.read_text().count("PRIVATE KEY") == 4


def test_the_key_in_use_goes_on_being_used_when_only_the_chain_is_put_again(relay: Relay) -> None:
    chain = relay.serve()
    served = relay.served.read_bytes()
    assert relay.build(chain).returncode == 0
    relay.activate()
    assert relay.served.read_bytes() == served


def test_the_key_before_the_one_in_use_is_found_on_the_way_back(relay: Relay) -> None:
    old = relay.serve()
    relay.before.write_bytes(relay.served.read_bytes())
    relay.serve()
    assert relay.build(old).returncode == 0
    relay.activate()
    assert relay.chain == old


def test_a_chain_for_another_key_is_not_built(relay: Relay, tmp_path: Path) -> None:
    relay.serve()
    done = relay.build(Relay(tmp_path / "other").ask())
    assert done.returncode == 1
    assert "no private key on this host fits the certificate" in done.stderr


def test_a_request_that_a_killed_run_left_does_not_replace_the_key_in_use(relay: Relay) -> None:
    chain = relay.serve()
    relay.ask()
    assert relay.chain == chain
    assert relay.build(chain).returncode == 0


def test_the_key_that_a_killed_run_left_is_the_one_that_is_asked_for_again(relay: Relay) -> None:
    first = relay.ask()
    assert relay.ask().public_key == first.public_key
    relay.pending().write_text("half of a k")
    assert relay.ask().public_key != first.public_key


def test_a_key_that_finds_no_room_is_one_sentence_and_no_key(relay: Relay) -> None:
    """openssl exits with 0 when what it wrote did not fit."""
    relay.sandbox.program("openssl", 'case $1 in genpkey) : > "${!#}";; *) false;; esac')
    script = relay.sandbox.programs / "openssl"
    script.write_text(script.read_text().replace("#!/bin/sh", "#!/bin/bash"))
    done = relay.shell(request_script(ECDSA, NAMES))
    assert done.returncode == 1
    assert "is the disk full?" in done.stderr
    assert not relay.pending().exists()


def test_a_bought_key_waits_on_the_host_for_its_owner_only(relay: Relay) -> None:
    chain = relay.ask()
    key = relay.pending().read_text()
    relay.pending().unlink()
    assert relay.shell(RECEIVE_KEY, key).returncode == 0
    assert stat.S_IMODE(relay.pending().stat().st_mode) == 0o600
    assert relay.build(chain).returncode == 0


def _without_key(pem: str) -> str:
    return pem[pem.index("-----BEGIN CERT") :]


def _key_damaged(pem: str) -> str:
    return pem.replace("PRIVATE KEY-----\nM", "PRIVATE KEY-----\nN", 1)


def _chain_damaged(pem: str) -> str:
    return pem.replace("CERTIFICATE-----\nM", "CERTIFICATE-----\nN", 1)


def _chain_cut(pem: str) -> str:
    return pem[:-40]


@pytest.mark.parametrize(
    "damage", [_without_key, _key_damaged, _chain_damaged, _chain_cut, lambda _: "", lambda _: "\n"]
)
def test_a_damaged_file_counts_as_no_certificate_so_that_the_next_run_makes_a_new_one(
    relay: Relay, damage: Callable[[str], str]
) -> None:
    relay.serve()
    relay.served.write_text(damage(relay.served.read_text()))
    assert relay.chain is None
    assert relay.serve() == relay.chain


def test_no_line_of_what_is_looked_at_is_of_the_private_key(relay: Relay) -> None:
    relay.serve()
    output = relay.shell(CertificateState().command().get_raw_value()).stdout
    assert "PRIVATE" not in output
    secret = relay.served.read_text().split("\n")[1:3]
    assert not any(line in output for line in secret)


def settings(name: str, **changes: object) -> Settings:
    environment = parse_environment(
        "x.py:1",
        operator_zone="itpison.com",
        public_names=(name,),
        postmaster="postmaster@itpison.com",
        customers=(),
        issuer=changes.get("issuer", InternalCa(directory=Path("ca"))),  # type: ignore[arg-type]
    )
    return parse_relay(
        "x.py:1", "smtp.itpison.com", ipv4="192.0.2.1", ipv6=None, environment=environment
    )


@pytest.mark.parametrize("name", ["smtp.itpison.com", "mail.itpison.com"])
def test_the_checker_refuses_a_chain_that_does_not_cover_a_name(relay: Relay, name: str) -> None:
    chain = relay.ask()
    relay.build(chain)
    done = relay.staged(configured((chain,), settings(name), "x").check)
    assert (done.returncode == 0) == (name in chain.names)


def test_a_bought_certificate_need_not_name_the_hosts_themselves() -> None:
    bought = ProvidedFiles(chain_file=Path("x.pem"), key_file=Path("x.key"))
    public = (Fqdn.parse("mail.itpison.com"),)
    assert certificate_names(settings("mail.itpison.com", issuer=bought)) == public
    assert certificate_names(settings("mail.itpison.com")) == (*public, NAMES[0])


def test_lines_of_a_login_shell_are_passed_over() -> None:
    state = CertificateState()
    nothing = ServedCertificates(held=HeldCertificates(chains=(), mark=""), component=NOTHING)
    assert state.process(["", "Welcome to smtp", "-----END of news-----"]) == nothing
    assert state.default() == nothing


def test_the_issuer_is_read_back(relay: Relay) -> None:
    del relay
    held = CertificateState().process(["issuer acme https://ca.example/dir"]).held
    assert held.mark == "acme https://ca.example/dir"
