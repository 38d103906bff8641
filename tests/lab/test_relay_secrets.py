"""No output, no argument, no journal and no file for everybody holds a secret, at any moment."""

import base64
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from lab import hosts
from lab.site import Site
from tests.lab.conftest import Shell
from tests.lab.relay_client import RELAYS, deliver
from tests.lab.relay_run import Control, Inventory, shell
from tests.lab.relay_secrets import Secrets, hashes, of_a_relay, of_the_control_machine, passwords
from tests.lab.relay_watch import Arguments, Exposure, again_and_again

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

DEPLOY = "deploys/relay.py"
CHANGING = (
    ("-y",),
    ("-y", "-v"),
    ("-y", "-vv"),
    ("-y", "-vvv"),
    ("-y", "-vvv", "--debug"),
    ("-y", "-vvv", "--debug-all", "--diff"),
    ("-y", "--json"),
)
LOOKING = (
    ("--dry",),
    ("--dry", "--diff", "-vvv"),
    ("--dry", "--diff", "--debug"),
    ("--dry", "--json"),
    ("--debug-operations",),
    ("--debug-facts", "-vvv"),
    ("--debug-operations", "--json"),
)
READERS = ("root", "dovecot", "_rspamd", "shadow", "ssl-cert")
KEY = "/etc/omi/dkim/news.example.omi1.key"


def everything(site: Site) -> Secrets:
    found = of_the_control_machine(site)
    for relay in RELAYS:
        found |= of_a_relay(site, relay)
    return found


def prepare(control: Control, directory: Path) -> tuple[Path, Secrets]:
    """Bring about that a new account, a DKIM key to carry and a TLS key to make are pending."""
    inventory = Inventory(directory)
    path = inventory.write(control)
    inventory.add_account("news.toml", "news-new", secrets.token_hex(8), "new@news.example")
    known = everything(control.site) | Secrets(hashes(inventory.customers))
    shell(control.site, "smtp2", f"rm -f {KEY} /etc/omi/tls/relay.pem")
    return path, known


def test_a_run_that_moves_secrets_prints_none_in_any_mode(damaged: Control, tmp_path: Path) -> None:
    for number, mode in enumerate(CHANGING):
        path, known = prepare(damaged, tmp_path / str(number))
        ended = damaged.run(*mode, inventory=path)
        assert ended.code == 0, ended.said[-2000:]
        known |= everything(damaged.site)
        assert known.found(ended.said) == [], mode
        if "--json" not in mode:
            assert {"Carry the DKIM keys to every relay", "Check passwords with Dovecot"} <= {
                *ended.changed
            }


def test_a_run_that_only_looks_prints_no_secret(damaged: Control, tmp_path: Path) -> None:
    path, known = prepare(damaged, tmp_path / "inventory")
    for mode in LOOKING:
        ended = damaged.run(*mode, inventory=path)
        assert len(ended.said) > 100, mode
        assert known.found(ended.said) == [], mode
    for mode in ((), ("--json",), ("--debug",)):
        ended = damaged.run(*mode, inventory=path, what="debug-inventory")
        assert ended.code == 0, ended.said
        assert "MASKED" in ended.said
        assert known.found(ended.said) == [], mode
    assert not (damaged.directory / "pyinfra-debug.log").exists()


def test_a_run_that_fails_prints_no_secret(copied: Control, tmp_path: Path) -> None:
    """A checker's complaint and a rollback are where a daemon's own words come through."""
    inventory = Inventory(tmp_path / "inventory")
    path = inventory.write(copied)
    inventory.add_account("news.toml", "news-new", secrets.token_hex(8), "new@news.example")
    known = everything(copied.site) | Secrets(hashes(inventory.customers))
    (copied.directory / "templates/dovecot/users").write_text(
        "{% for login, hash in hashes.items() %}\n{{ login }} {{ hash }} nonsense\n{% endfor %}\n"
    )
    for name in ("2.3", "2.4"):
        copied.append(f"templates/dovecot/dovecot-{name}.conf", "nonsense\n")
    ended = copied.run("-y", "-vvv", "--debug", inventory=path)
    assert ended.code == 1
    assert known.found(ended.said) == []


def test_the_search_for_secrets_finds_them_in_every_disguise(control: Control) -> None:
    known = everything(control.site)
    for name, text in known.texts.items():
        octets = f"{text[:3]}\n{text}\n-----END-----\n".encode()
        for shift in range(3):
            wrapped = base64.encodebytes(b"x" * shift + octets).decode()
            prefixed = "\n".join(f"    [smtp.itpison.com] {line}" for line in wrapped.splitlines())
            assert name in known.found(prefixed), name
        assert name in known.found(octets.decode())
        assert name in known.found(repr(octets))
        assert name in known.found(quote(text, safe=""))
    assert known.found("nothing of that kind") == []


@contextmanager
def commands_logged(site: Site, relay: str) -> Iterator[None]:
    """Let sshd hand every command to a script that notes it, word for word, and runs it."""
    shell(
        site,
        relay,
        """cat > /usr/local/sbin/note-command <<'END'
#!/bin/sh
umask 077
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >> /root/commands
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
END
chmod 755 /usr/local/sbin/note-command
rm -f /root/commands
echo ForceCommand /usr/local/sbin/note-command > /etc/ssh/sshd_config.d/note.conf
systemctl reload ssh""",
    )
    try:
        yield
    finally:
        shell(site, relay, "rm -f /etc/ssh/sshd_config.d/note.conf; systemctl reload ssh")


def test_no_secret_is_ever_an_argument(damaged: Control, tmp_path: Path) -> None:
    """Every command of the deploy as sshd got it, and what /proc showed of all processes."""
    path, known = prepare(damaged, tmp_path / "inventory")
    seen = Arguments()
    with commands_logged(damaged.site, "smtp2"), again_and_again(seen.look):
        damaged.deploy(inventory=path)
    known |= everything(damaged.site) | passwords()
    commands = shell(damaged.site, "smtp2", "cat /root/commands; rm /root/commands")
    assert "stage" in commands
    assert known.found(commands) == []
    assert "pyinfra" in seen.text
    assert "postfix" in seen.text
    assert known.found(seen.text) == []


def test_from_bare_nothing_secret_is_for_everybody_at_any_moment(
    damaged: Control, spare: Shell, tmp_path: Path
) -> None:
    inventory = Inventory(tmp_path / "inventory", relays=("smtp", "smtp2", "smtp3"))
    path = inventory.write(damaged)
    watched = Exposure(damaged.site, spare.name, READERS)
    known = everything(damaged.site)
    with again_and_again(watched.look):
        ended = damaged.run("-y", "-vvv", "--debug", inventory=path)
    assert ended.code == 0, ended.said[-3000:]
    assert watched.found == set()
    assert watched.looks > 50
    # Otherwise nothing would have been watched.
    wanted = {"/etc/dovecot/relay-users", "/etc/omi/tls/relay.pem", KEY}
    assert wanted <= watched.seen
    known |= of_a_relay(damaged.site, "smtp3")
    assert known.found(ended.said) == []
    assert deliver(damaged.site, "smtp3").verdict.is_pass
    assert known.found(shell(damaged.site, "smtp3", "journalctl --no-pager -o cat")) == []


def test_the_watcher_sees_a_secret_that_is_open_for_a_moment(control: Control) -> None:
    watched = Exposure(control.site, "smtp", READERS)
    plant = (
        "echo '-----BEGIN PRIVATE KEY-----' > /etc/omi/open; chmod 644 /etc/omi/open; sleep 0.5;"
        "chmod 600 /etc/omi/open; rm /etc/omi/open"
    )
    with again_and_again(watched.look):
        time.sleep(0.5)
        hosts.check(control.site, "smtp", ["sh", "-c", f"umask 022; {plant}"])
    assert watched.found == {"/etc/omi/open 644 to everybody"}


@pytest.mark.parametrize("relay", RELAYS)
def test_no_journal_of_a_relay_holds_a_secret(control: Control, relay: str) -> None:
    """After a good login, a wrong password, and all that the other tests did."""
    deliver(control.site, relay)
    known = everything(control.site) | passwords()
    assert known.found(shell(control.site, relay, "journalctl --no-pager -o cat")) == []


@pytest.mark.parametrize("relay", RELAYS)
def test_no_file_with_a_secret_is_for_everybody_on_a_deployed_relay(
    control: Control, relay: str
) -> None:
    script = r"""find / -xdev \( -path /proc -o -path /sys \) -prune -o -type f -perm /007 \
        -size -1000k -exec grep -lE 'BEGIN [A-Z ]*PRIVATE KEY-----|CRYPT}\$6' {} + || :"""
    open_to_all = shell(control.site, relay, script).splitlines()
    assert [path for path in open_to_all if not path.startswith("/usr/")] == []
    held = shell(control.site, relay, "stat -c '%a %U %G %n' /etc/omi/tls/relay.pem /etc/omi/dkim")
    assert held.splitlines() == [
        "600 root root /etc/omi/tls/relay.pem",
        "750 root _rspamd /etc/omi/dkim",
    ]
