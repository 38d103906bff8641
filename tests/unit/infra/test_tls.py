"""The shell that makes, keeps and serves a relay's key, run for real in a directory."""

import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from omi_core.infra.component import NOTHING
from omi_core.infra.tls import (
    BUILD,
    CHAIN,
    CHAIN_WITH_KEY,
    PENDING,
    CertificateRequest,
    CertificateState,
    ServedCertificate,
    configured,
    request_script,
)
from omi_core.names import Fqdn
from omi_core.tls.chain import Chain
from omi_core.tls.internal_ca import InternalCaFiles
from tests.sandbox import Done, Sandbox

NAMES = tuple(Fqdn.parse(name) for name in ("smtp.itpison.com", "smtp2.itpison.com"))


class Relay:
    """A host with the engine's directories below a temporary one, and the CA beside it."""

    def __init__(self, directory: Path) -> None:
        self.sandbox = Sandbox(directory / "host")
        self.ca = InternalCaFiles(directory / "ca")
        self.served = self.here(CHAIN_WITH_KEY)
        self.pending = self.here(PENDING) / "pending.key"
        self.served.parent.mkdir(parents=True)
        (self.here("/stage") / CHAIN[1:]).parent.mkdir(parents=True)

    def here(self, path: str) -> Path:
        return self.sandbox.directory / path[1:]

    def shell(self, script: str) -> Done:
        for path in (CHAIN_WITH_KEY, PENDING):  # but not below $STAGE
            script = re.sub(rf"(?<!\w){path}", str(self.here(path)), script)
        return self.sandbox.shell(script)

    def ask(self) -> Chain:
        """Make a key and a request on the host, and have it signed."""
        done = self.shell(request_script(NAMES))
        assert done.returncode == 0, done.stderr
        request = (self.here(PENDING) / "pending.csr").read_text()
        return self.ca.issue(CertificateRequest().process(request.splitlines()), NAMES)

    def build(self, chain: Chain) -> Done:
        """Build key and chain into one file, as it is done in the stage."""
        staged = self.here("/stage") / CHAIN[1:]
        staged.write_bytes(chain.pem)
        return self.staged(BUILD)

    def staged(self, script: str) -> Done:
        return self.shell(f"umask 077\nset -eu\nSTAGE={self.here('/stage')}\n{script}")

    def activate(self) -> None:
        (self.here("/stage") / CHAIN_WITH_KEY[1:]).rename(self.served)

    def serve(self) -> Chain:
        chain = self.ask()
        assert self.build(chain).returncode == 0
        self.activate()
        self.pending.unlink()
        return chain

    def look(self) -> ServedCertificate:
        done = self.shell(CertificateState().command().get_raw_value())
        assert done.returncode == 0
        return CertificateState().process(done.stdout.splitlines())


@pytest.fixture
def relay(tmp_path: Path) -> Relay:
    return Relay(tmp_path)


def test_the_key_is_made_on_the_host_for_its_owner_only_and_the_request_covers_every_name(
    relay: Relay,
) -> None:
    relay.ask()
    assert stat.S_IMODE(relay.pending.stat().st_mode) == 0o600
    assert stat.S_IMODE(relay.pending.parent.stat().st_mode) == 0o700
    request = x509.load_pem_x509_csr((relay.pending.parent / "pending.csr").read_bytes())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [name.relative for name in NAMES]


def test_key_and_chain_come_into_one_file_that_is_seen_as_a_certificate(relay: Relay) -> None:
    assert relay.look().chain is None
    chain = relay.serve()
    assert relay.look().chain == chain
    assert stat.S_IMODE(relay.served.stat().st_mode) == 0o600
    assert relay.served.read_text().index("PRIVATE KEY") < relay.served.read_text().index("CERT")


def test_the_key_in_use_goes_on_being_used_when_only_the_chain_is_put_again(relay: Relay) -> None:
    chain = relay.serve()
    served = relay.served.read_bytes()
    assert relay.build(chain).returncode == 0
    relay.activate()
    assert relay.served.read_bytes() == served


def test_a_chain_for_another_key_is_not_built(relay: Relay, tmp_path: Path) -> None:
    relay.serve()
    done = relay.build(Relay(tmp_path / "other").ask())
    assert done.returncode == 1
    assert "no private key on this host fits the certificate" in done.stderr


def test_a_request_that_a_killed_run_left_does_not_replace_the_key_in_use(relay: Relay) -> None:
    chain = relay.serve()
    relay.ask()
    assert relay.look().chain == chain
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
    assert relay.look().chain is None
    assert relay.serve() == relay.look().chain


def test_no_line_of_what_is_looked_at_is_of_the_private_key(relay: Relay) -> None:
    relay.serve()
    output = relay.shell(CertificateState().command().get_raw_value()).stdout
    assert "PRIVATE" not in output
    secret = relay.served.read_text().split("\n")[1:3]
    assert not any(line in output for line in secret)


@pytest.mark.parametrize("name", ["smtp.itpison.com", "mail.itpison.com"])
def test_the_checker_refuses_a_chain_that_does_not_cover_a_name(relay: Relay, name: str) -> None:
    chain = relay.ask()
    relay.build(chain)
    done = relay.staged(configured(chain, (Fqdn.parse(name),)).check)
    assert (done.returncode == 0) == (name in chain.names)


def test_lines_of_a_login_shell_are_passed_over() -> None:
    state = CertificateState()
    assert state.process(["", "Welcome to smtp", "-----END of news-----"]) == ServedCertificate(
        chain=None, component=NOTHING
    )
    assert state.default() == ServedCertificate(chain=None, component=NOTHING)
