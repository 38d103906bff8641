"""The shell that makes, reads and receives DKIM keys, run for real with openssl."""

import os
import shlex
import signal
import stat
import subprocess
from pathlib import Path

import gevent
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from omi_core.names import Fqdn
from omi_core.relay.dkim.keys import DIRECTORY, GROUP, DkimKeys, HostKeys, KeyName
from omi_core.relay.dkim.scripts import MAKE, READ, RECEIVE, to_make, to_read
from tests.sandbox import GROUP as OUR_GROUP
from tests.sandbox import OWNER, Done, Sandbox

RSA = KeyName(Fqdn.parse("shop.example"), "omi1")
ED25519 = KeyName(Fqdn.parse("shop.example"), "omi1e")
BOTH = (RSA, ED25519)


class Relay:
    def __init__(self, directory: Path) -> None:
        self.sandbox = Sandbox(directory)
        self.keys = directory / "dkim"

    def script(self, script: str) -> str:
        """Let the present user and a temporary directory stand in for what only root has."""
        script = script.replace(DIRECTORY, str(self.keys))
        script = script.replace("/etc/omi", str(self.keys.parent))
        script = script.replace(f"-user root -group {GROUP}", f"-user {OWNER} -group {OUR_GROUP}")
        return script.replace(f"root:{GROUP}", f"{OWNER}:{OUR_GROUP}")

    def shell(self, script: str, stdin: str = "", shell: str = "sh") -> Done:
        return self.sandbox.shell(self.script(script), stdin, shell)

    def make(self, *keys: KeyName) -> None:
        done = self.shell(MAKE, to_make(keys))
        assert done.returncode == 0, done.stderr

    def look(self) -> HostKeys:
        done = self.shell(DkimKeys().command().get_raw_value())
        assert done.returncode == 0, done.stderr
        return DkimKeys().process(done.stdout.splitlines())

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.keys.iterdir())}


@pytest.fixture
def relay(in_memory: Path) -> Relay:
    return Relay(in_memory / "a")


@pytest.fixture
def other(in_memory: Path) -> Relay:
    return Relay(in_memory / "b")


def test_a_host_without_keys_shows_none(relay: Relay) -> None:
    assert relay.look() == {}


def test_a_key_is_made_and_its_public_part_is_its_own(relay: Relay) -> None:
    relay.make(*BOTH)
    found = relay.look()
    for key, kind in ((RSA, rsa.RSAPrivateKey), (ED25519, ed25519.Ed25519PrivateKey)):
        private = load_pem_private_key((relay.keys / f"{key.stem}.key").read_bytes(), None)
        assert isinstance(private, kind)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert found[key.stem].public == public
        assert found[key.stem].guarded
    assert sorted(relay.files()) == sorted(
        f"{key.stem}.{ending}" for key in BOTH for ending in ("key", "pub")
    )


def test_only_the_signer_reads_the_keys(relay: Relay) -> None:
    relay.make(RSA)
    assert stat.S_IMODE(relay.keys.stat().st_mode) == 0o750
    assert stat.S_IMODE((relay.keys / f"{RSA.stem}.key").stat().st_mode) == 0o640


def test_a_key_that_is_there_is_never_made_again(relay: Relay) -> None:
    relay.make(RSA)
    before = relay.files()
    relay.make(RSA, ED25519)
    assert {name: relay.files()[name] for name in before} == before


def test_a_key_whose_public_line_is_lost_or_wrong_gets_it_back_and_stays_itself(
    relay: Relay,
) -> None:
    relay.make(ED25519)
    before = relay.files()
    (relay.keys / f"{ED25519.stem}.pub").write_text("nonsense\n")
    assert relay.look() == {}
    relay.make(ED25519)
    assert relay.files() == before
    (relay.keys / f"{ED25519.stem}.pub").unlink()
    relay.make(ED25519)
    assert relay.files() == before


@pytest.mark.parametrize("content", [b"", b"junk\n"])
def test_a_file_that_is_no_key_stops_the_run_and_is_kept(relay: Relay, content: bytes) -> None:
    relay.make(ED25519)
    (relay.keys / f"{RSA.stem}.key").write_bytes(content)
    done = relay.shell(MAKE, to_make((RSA,)))
    assert done.returncode != 0
    assert (relay.keys / f"{RSA.stem}.key").read_bytes() == content
    assert RSA.stem not in relay.look()


def test_a_key_that_others_may_read_is_shut_again(relay: Relay) -> None:
    relay.make(ED25519)
    (relay.keys / f"{ED25519.stem}.key").chmod(0o644)
    assert not relay.look()[ED25519.stem].guarded
    relay.make()
    assert relay.look()[ED25519.stem].guarded


def test_what_one_relay_hands_over_the_other_has(relay: Relay, other: Relay) -> None:
    relay.make(*BOTH)
    other.make(ED25519)
    archive = relay.shell(READ, to_read(BOTH))
    assert archive.returncode == 0
    assert other.shell(RECEIVE, archive.stdout).returncode == 0
    assert other.files() == relay.files()
    assert other.look() == relay.look()
    assert all(key.guarded for key in other.look().values())


def test_a_key_that_cannot_be_handed_over_is_said_to_be_missing(relay: Relay) -> None:
    relay.make(ED25519)
    done = relay.shell(READ, to_read(BOTH))
    assert done.returncode != 0
    assert "shop.example.omi1.key is missing" in done.stderr
    assert done.stdout == ""


def test_an_archive_that_was_cut_off_brings_nothing_and_breaks_nothing(
    relay: Relay, other: Relay
) -> None:
    relay.make(*BOTH)
    other.make(*BOTH)
    before = other.files()
    archive = relay.shell(READ, to_read(BOTH)).stdout
    assert other.shell(RECEIVE, archive[:1000]).returncode != 0
    assert other.files() == before


def test_what_is_no_plain_file_is_not_taken_from_another_relay(relay: Relay, other: Relay) -> None:
    victim = other.keys.parent / "shadow"
    victim.write_text("root")
    victim.chmod(0o600)
    relay.make(ED25519)
    (relay.keys / "evil.omi1.key").symlink_to(victim)
    names = to_read((ED25519,)) + "evil.omi1.key\n"
    assert other.shell(RECEIVE, relay.shell(READ, names).stdout).returncode == 0
    assert stat.S_IMODE(victim.stat().st_mode) == 0o600
    assert "evil.omi1.key" not in other.files()


def test_ten_thousand_names_fit(relay: Relay) -> None:
    keys = tuple(KeyName(Fqdn.parse(f"{n:05}.shop.example"), "omi1") for n in range(10_000))
    done = relay.shell(READ, to_read(keys))
    assert done.returncode == 1
    relay.keys.mkdir()
    assert "00000.shop.example.omi1.key is missing" in relay.shell(READ, to_read(keys)).stderr


KILL = """
set -T
trap '
case $BASH_COMMAND in
    openssl*|mv*|rm*|mkdir*|chown*|chmod*|sync*|tar*|find*|*">"*)
        read -r _done < "$KILL_COUNT"
        echo $((_done + 1)) > "$KILL_COUNT"
        if test $((_done + 1)) -ge "$KILL_AT"; then kill -9 0; fi
        ;;
esac
' DEBUG
"""


def killed_at(relay: Relay, script: str, stdin: str, step: int) -> bool:
    count, trap = relay.keys.parent / "count", relay.keys.parent / "kill.sh"
    count.write_text("0\n")
    trap.write_text(KILL)
    relay.sandbox.environment = {
        "BASH_ENV": str(trap),
        "KILL_COUNT": str(count),
        "KILL_AT": str(step),
    }
    # Keys are made by shells of their own, side by side, and a step of those counts like any other.
    relay.sandbox.program("sh", 'exec bash "$@"')
    done = relay.shell(script, stdin, "bash")
    relay.sandbox.environment = {}
    return done.returncode == -signal.SIGKILL


def private(relay: Relay) -> dict[str, bytes]:
    return {name: text for name, text in relay.files().items() if name.endswith(".key")}


def exposed(relay: Relay) -> list[Path]:
    """Files that more than the signer's group may read."""
    return [path for path in relay.keys.rglob("*") if path.is_file() and path.stat().st_mode & 0o27]


@pytest.mark.slow
def test_killed_before_any_step_of_making_keys_the_next_run_makes_what_is_missing_only(
    in_memory: Path,
) -> None:
    for step in range(1, 100):
        relay = Relay(in_memory / str(step))
        killed = killed_at(relay, MAKE, to_make((ED25519,)), step)
        before = private(relay) if relay.keys.exists() else {}
        seen = relay.look()
        if relay.keys.exists():
            assert exposed(relay) == []
        relay.make(ED25519)
        assert before.items() <= private(relay).items(), step
        assert list(relay.look()) == [ED25519.stem]
        assert seen.items() <= relay.look().items()
        assert relay.look()[ED25519.stem].guarded
        if not killed:
            assert step > 10
            return
    pytest.fail("the script never came to its end")


@pytest.mark.slow
def test_killed_before_any_step_of_receiving_keys_each_is_whole_and_the_next_run_has_all(
    in_memory: Path, relay: Relay
) -> None:
    relay.make(*BOTH)
    archive = relay.shell(READ, to_read(BOTH)).stdout
    for step in range(1, 100):
        other = Relay(in_memory / str(step))
        killed = killed_at(other, RECEIVE, archive, step)
        assert other.look().items() <= relay.look().items(), step
        if other.keys.exists():
            assert exposed(other) == []
        assert other.shell(RECEIVE, archive).returncode == 0, step
        assert other.files() == relay.files(), step
        if not killed:
            assert step > 8
            return
    pytest.fail("the script never came to its end")


def test_a_private_key_is_never_open_to_others_not_for_a_moment(relay: Relay) -> None:
    """Look at every file all the time while keys are made under the widest umask."""
    command = f"umask 0; exec sh -c {shlex.quote(relay.script(MAKE))}"
    running = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE, text=True)
    assert running.stdin is not None
    running.stdin.write(to_make(BOTH))
    running.stdin.close()
    seen: set[int] = set()
    while running.poll() is None:
        for path in relay.keys.glob("*.key*") if relay.keys.exists() else ():
            try:
                seen.add(stat.S_IMODE(os.stat(path).st_mode))  # noqa: PTH116 - the fewest steps
            except FileNotFoundError:
                continue
        gevent.sleep(0)
    assert running.returncode == 0
    assert seen
    assert seen <= {0o600, 0o640}
