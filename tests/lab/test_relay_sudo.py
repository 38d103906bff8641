"""A login that is not root deploys with sudo, and everything holds that holds for root."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.site import Site
from tests.lab.conftest import Shell
from tests.lab.relay_client import RELAYS, deliver
from tests.lab.relay_cloud import (
    LOGIN,
    PASSWORD,
    Looker,
    cloud_image,
    commands_logged,
    logs_in,
    may_use_sudo,
)
from tests.lab.relay_run import LAB, Control, Inventory, Run, digests, shell
from tests.lab.relay_secrets import of_a_relay, passwords
from tests.lab.relay_watch import Arguments, Exposure, again_and_again
from tests.lab.test_relay_secrets import KEY, READERS, everything, prepare

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def cloud(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    """Both relays refuse root; a checkout that logs in as `debian` and becomes root."""
    checkout = control.copy(tmp_path_factory.mktemp("cloud") / "checkout")
    logs_in(checkout)
    with cloud_image(control.site, *RELAYS):
        yield checkout
    control.history.clear()


def test_nobody_on_the_relay_can_read_a_secret_while_a_deploy_goes_over_sudo(
    cloud: Control, tmp_path: Path
) -> None:
    path, known = prepare(cloud, tmp_path)
    looker = Looker(cloud.site, "smtp2")
    watched, seen = Exposure(cloud.site, "smtp2", READERS), Arguments()
    with looker.looking(), again_and_again(watched.look), again_and_again(seen.look):
        ended = cloud.run("-y", "-vvv", "--debug", inventory=path)
    assert ended.code == 0, ended.said[-3000:]
    known |= everything(cloud.site)
    assert known.found(ended.said) == []
    assert known.found(seen.text) == []
    assert (watched.found, looker.found) == (set(), [])
    assert {"/etc/omi/tls/relay.pem", KEY} <= watched.seen
    assert looker.looks > 3
    known |= passwords()
    journal = shell(cloud.site, "smtp2", "journalctl --no-pager -o cat")
    assert "COMMAND=/bin/sh -c" in journal or "COMMAND=/usr/bin/sh -c" in journal
    assert known.found(journal) == []


def test_a_second_deploy_over_sudo_has_nothing_to_do_and_mail_goes_through(cloud: Control) -> None:
    cloud.deploy()
    assert cloud.deploy().changed == []
    assert cloud.run("--dry", "--json").plan
    for relay in RELAYS:
        assert deliver(cloud.site, relay).verdict.is_pass


@pytest.mark.soak
@pytest.mark.parametrize(
    "what", ["deploys/customers.py", "deploys/certificates.py", "deploys/dkim.py", "deploys/dns.py"]
)
def test_each_deploy_goes_over_sudo(cloud: Control, what: str) -> None:
    force = ("--data", "force=true") if "certificates" in what else ()
    ended = cloud.deploy(*force, what=what)
    assert bool(force) == bool(ended.changed), ended.said


def omi(cloud: Control, *words: str) -> Run:
    """Run `omi` as an operator does in that checkout."""
    done = subprocess.run(
        [sys.executable, "-m", "omi_core.cli", *words],
        cwd=cloud.directory,
        env={**os.environ, "PYTHONPATH": str(cloud.directory)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("queue", "list", "--json", "--inventory", LAB), id="queue list"),
        pytest.param(
            ("dns", "plan", "--json", "--inventory", LAB), id="dns plan", marks=pytest.mark.soak
        ),
        pytest.param(
            ("cert", "renew", "--force", "--json", "--inventory", LAB),
            id="cert renew",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_the_verbs_that_reach_relays_go_over_sudo(cloud: Control, words: tuple[str, ...]) -> None:
    ended = omi(cloud, *words)
    assert ended.code == 0, ended.said
    assert json.loads(ended.stdout)


def refused(cloud: Control, before: object) -> str:
    """Run a deploy that is refused; it said one sentence a relay, and nothing has changed."""
    ended = cloud.run("-y")
    assert ended.code == 1
    assert "Traceback" not in ended.said
    assert (state(cloud.site), ended.changed) == (before, [])
    return ended.said


def state(site: Site) -> object:
    return [digests(site, relay, "/etc/postfix", "/etc/omi", "/etc/dovecot") for relay in RELAYS]


@pytest.fixture
def unprivileged(cloud: Control) -> Iterator[Control]:
    """The same, where the test may take sudo's rights away."""
    yield cloud
    for relay in RELAYS:
        may_use_sudo(cloud.site, relay)


def test_without_a_right_to_sudo_a_sentence_says_so_and_nothing_is_half_done(
    unprivileged: Control,
) -> None:
    for relay in RELAYS:
        shell(unprivileged.site, relay, "rm -f /etc/sudoers.d/90-cloud-init-users")
    said = refused(unprivileged, state(unprivileged.site))
    assert f"the login {LOGIN} cannot become root: sudo: a password is required" in said


def test_a_login_that_is_not_root_and_has_no_sudo_in_the_inventory_is_refused(
    cloud: Control, tmp_path: Path
) -> None:
    forgetful = cloud.copy(tmp_path / "checkout")
    forgetful.edit("group_data/all.py", "_sudo = True", "")
    said = refused(forgetful, state(cloud.site))
    assert f"the login {LOGIN} is not root; where it may use sudo, write _sudo = True" in said


def test_a_password_for_sudo_is_asked_for_and_seen_by_nobody(unprivileged: Control) -> None:
    for relay in RELAYS:
        may_use_sudo(unprivileged.site, relay, "ALL")
    shell(unprivileged.site, "smtp2", f"rm -f {KEY}")
    looker = Looker(unprivileged.site, "smtp2")
    with commands_logged(unprivileged.site, "smtp2") as commands, looker.looking():
        code, said = at_a_terminal(unprivileged, "-y", "-vvv", "--debug")
    assert code == 0, said
    assert said.count(f"password of {LOGIN} for sudo: ") == len(RELAYS)
    assert PASSWORD not in said
    assert "sudo -H -A -k" in commands()
    assert PASSWORD not in commands()
    assert looker.found == []
    for relay in RELAYS:
        assert PASSWORD not in shell(unprivileged.site, relay, "journalctl --no-pager -o cat")


def at_a_terminal(control: Control, *words: str) -> tuple[int, str]:
    """Run the deploy at a terminal of its own, where each question is answered."""
    pyinfra = str(Path(sys.executable).with_name("pyinfra"))
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(control.directory)
        os.environ |= {"PYTHONPATH": str(control.directory), "COLUMNS": "200"}
        os.execv(pyinfra, [pyinfra, *words, LAB, "deploys/relay.py"])
    said = b""
    answered = 0
    while True:
        try:
            said += os.read(terminal, 65536)
        except OSError:
            break
        while said.count(b"for sudo: ") > answered:
            os.write(terminal, f"{PASSWORD}\n".encode())
            answered += 1
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said.decode(errors="replace")


@pytest.mark.soak
def test_a_bare_cloud_image_becomes_a_relay_over_sudo(
    cloud: Control, spare: Shell, tmp_path: Path
) -> None:
    inventory = Inventory(tmp_path / "inventory", relays=("smtp", "smtp2", "smtp3"))
    path = inventory.write(cloud)
    known = everything(cloud.site)
    with cloud_image(cloud.site, spare.name):
        looker = Looker(cloud.site, spare.name)
        watched = Exposure(cloud.site, spare.name, READERS)
        with looker.looking(), again_and_again(watched.look):
            ended = cloud.run("-y", "-vvv", "--debug", inventory=path)
        assert ended.code == 0, ended.said[-3000:]
        assert (watched.found, looker.found) == (set(), [])
        assert {"/etc/dovecot/relay-users", "/etc/omi/tls/relay.pem", KEY} <= watched.seen
        known |= of_a_relay(cloud.site, "smtp3")
        assert known.found(ended.said) == []
        assert deliver(cloud.site, "smtp3").verdict.is_pass
        assert cloud.run("-y", inventory=path).changed == []
