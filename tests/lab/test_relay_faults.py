"""Whatever goes wrong with a deploy, customers do not notice, and the next run mends it."""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from lab import mailbox, plan
from lab.site import Site
from tests.lab.conftest import Shell
from tests.lab.relay_client import (
    ALICE,
    BOB,
    OPTIONAL,
    RECIPIENT,
    RELAYS,
    SUBMISSION,
    WRAPPED,
    Session,
    deliver,
    mail,
)
from tests.lab.relay_interruption import calls, is_reached, noting
from tests.lab.relay_load import under_load
from tests.lab.relay_run import COMPONENTS, Control, Inventory, digests, shell
from tests.lab.sampled import sampled

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

MANAGED = (
    *("/etc/postfix", "/etc/dovecot", "/etc/rspamd", "/etc/omi"),
    *("/etc/omi-policy", "/usr/local/lib/omi-policy"),
)
BOOKWORM = plan.relay_suite() == "bookworm"
DOVECOT = "dovecot-2.3" if BOOKWORM else "dovecot-2.4"
TAKEN, PUT_OFF = 250, 451
# rspamd 3.4 leaves its open sessions at once; those of 4 go on until the customer ends them.
AFTER_A_RELOAD = PUT_OFF if BOOKWORM else TAKEN
ONE = ("--limit", "smtp2.itpison.com")


def append(path: str, text: str) -> tuple[str, str, str]:
    return (path, "", text)


REJECTED = {
    "postfix: an unknown parameter": append("templates/postfix/main.cf", "no_such_thing = 1\n"),
    "postfix: no service at all": append("templates/postfix/master.cf", "what is this\n"),
    "postfix: a map that cannot be built": append("templates/postfix/operator", "one-word\n"),
    "dovecot: a section without end": append(f"templates/dovecot/{DOVECOT}.conf", "nonsense {\n"),
    "dovecot: an unknown setting": append(f"templates/dovecot/{DOVECOT}.conf", "no_thing = 1\n"),
    "policy: a unit without a program": (
        "templates/policy/policy.service",
        "ExecStart=/usr",
        "ExecStart=usr",
    ),
    "doors: a rule that is none": append("templates/doors/doors.nft", "what is this\n"),
    "firewall: a rule that is none": append("templates/firewall/firewall.nft", "what is this\n"),
    "rspamd: a brace too many": append("templates/rspamd/rspamd.conf", "}}\n"),
    "rspamd: broken Lua": append("templates/rspamd/omi_signing.lua", "end end\n"),
}


@pytest.mark.parametrize("fault", REJECTED)
def test_what_the_daemons_own_checker_rejects_touches_nothing(copied: Control, fault: str) -> None:
    place = copied.site
    before = digests(place, "smtp2", *MANAGED)
    change(copied, *REJECTED[fault])
    ended = copied.run("-y", *ONE)
    assert ended.code == 1
    assert "Traceback" not in ended.said
    assert digests(place, "smtp2", *MANAGED) == before
    assert deliver(place, "smtp2").verdict.is_pass


def change(control: Control, path: str, old: str, new: str) -> None:
    if old:
        control.edit(path, old, new)
    else:
        control.append(path, new)


USELESS = {
    "postfix": (
        "templates/postfix/master.cf",
        "% each.port }} inet",
        "% (each.port + 5000) }} inet",
    ),
    "dovecot": (f"templates/dovecot/{DOVECOT}.conf", "plain login", "plain"),
    "policy": ("templates/policy/policy.socket", "={{ socket }}", "={{ socket }}.other"),
    "doors": ("templates/doors/doors.nft", "chain input", "chain other"),
    "rspamd": ("templates/rspamd/rspamd.conf", "{{ socket }} mode", "{{ socket }}.other mode"),
}


@pytest.mark.parametrize("component", USELESS)
def test_what_the_checker_accepts_but_cannot_serve_is_taken_back(
    copied: Control, component: str
) -> None:
    place = copied.site
    before = digests(place, "smtp2", *MANAGED)
    change(copied, *USELESS[component])
    ended = copied.run("-y", *ONE)
    assert ended.code == 1
    assert "the previous files are back, and it serves" in ended.said
    assert digests(place, "smtp2", *MANAGED) == before
    assert deliver(place, "smtp2", WRAPPED).verdict.is_pass
    assert deliver(place, "smtp2", SUBMISSION, account=BOB).verdict.is_pass


def test_a_first_deploy_that_is_taken_back_leaves_nothing_that_starts_again_and_again(
    copied: Control, spare: Shell, tmp_path: Path
) -> None:
    copied.edit("templates/policy/policy.service", "{{ settings }}", "{{ settings }}.none")
    inventory = Inventory(tmp_path / "inventory", relays=("smtp", "smtp2", "smtp3"))
    ended = copied.run("-y", inventory=inventory.write(copied))
    assert ended.code == 1
    assert "there was no earlier configuration; the new files are gone again" in ended.said
    spare.run("test ! -e /usr/local/lib/omi-policy/policy.pyz")
    look = "systemctl show --property=ActiveState --value omi-policy.service"
    spare.run(f"for attempt in $(seq 60); do test $({look}) != activating || sleep 0.5; done")
    spare.run("sleep 3")  # longer than RestartSec
    assert spare.run(look) in {"inactive\n", "failed\n"}
    for relay in RELAYS:
        assert deliver(copied.site, relay).verdict.is_pass


def test_after_a_fault_on_one_relay_the_other_is_not_given_the_same(copied: Control) -> None:
    """`--serial` and FAIL_PERCENT = 0: the second relay is left as it was."""
    place = copied.site
    before = {relay: digests(place, relay, *MANAGED) for relay in RELAYS}
    change(copied, *USELESS["postfix"])
    ended = copied.run("-y", "--serial")
    assert ended.code == 1
    assert {relay: digests(place, relay, *MANAGED) for relay in RELAYS} == before
    for relay in RELAYS:
        assert deliver(place, relay).verdict.is_pass


@contextmanager
def full(place: Site, relay: str, directory: str) -> Iterator[None]:
    """Put what is in a directory on a file system of its own that has no room left."""
    shell(
        place,
        relay,
        f"""rm -rf {directory}/stage.*
mkdir -p /run/full
mount -t tmpfs -o size=1m tmpfs /run/full
cp -a {directory}/. /run/full/
chmod --reference={directory} /run/full
chown --reference={directory} /run/full
mount --bind /run/full {directory}
cat /dev/zero > {directory}/filler 2>/dev/null || :
! echo more > {directory}/filler-2""",
    )
    try:
        yield
    finally:
        shell(place, relay, f"umount -l {directory}; umount -l /run/full")


# Where a component's own files are; /etc/NAME for the others.
DIRECTORIES = {"policy": "/usr/local/lib/omi-policy", "doors": "/etc/omi", "firewall": "/etc/omi"}
FULL = {
    f"{component}: {what}": (component, directory)
    for component in COMPONENTS
    for what, directory in (
        ("where it stages", f"/var/lib/omi/components/{component}"),
        ("where it places", DIRECTORIES.get(component, f"/etc/{component}")),
    )
}
HARMLESS = {
    "postfix": "templates/postfix/main.cf",
    "dovecot": f"templates/dovecot/{DOVECOT}.conf",
    "policy": "omi_core/milter/policy.py",
    "rspamd": "templates/rspamd/rspamd.conf",
    "doors": "templates/doors/doors.nft",
    "firewall": "templates/firewall/firewall.nft",
}


@pytest.mark.parametrize("fault", sampled(FULL))
def test_a_full_disk_touches_nothing_and_the_next_run_goes_on(copied: Control, fault: str) -> None:
    component, directory = FULL[fault]
    place = copied.site
    before = digests(place, "smtp2", *MANAGED)
    copied.append(HARMLESS[component], "# another line\n")
    with full(place, "smtp2", directory):
        ended = copied.run("-y", *ONE)
        assert ended.code == 1
        assert "Traceback" not in ended.said
        after = digests(place, "smtp2", *MANAGED)
        assert {path: after[path] for path in before} == before
        assert not [path for path in after if path.endswith(".omi-new")]
        assert deliver(place, "smtp2").verdict.is_pass
    assert digests(place, "smtp2", *MANAGED) == before
    ended = copied.run("-y", *ONE)
    assert ended.code == 0, ended.said
    assert ended.changed == [COMPONENTS[component]]
    assert deliver(place, "smtp2").verdict.is_pass


def steps_of(control: Control, component: str) -> list[str]:
    """The calls of one component's change on a relay, in their order."""
    with noting(control.site, "smtp2", component):
        control.deploy(*ONE)
    return calls(control.site, "smtp2")


def sampled(steps: Sequence[str], most: int) -> list[str]:
    """All steps where OMI_EVERY_STEP is set; else what touches live files, and some of the rest."""
    if os.environ.get("OMI_EVERY_STEP"):
        return [*steps]
    critical = [call for call in steps if call.startswith(("mv ", "sync ", "timeout ", "tar "))]
    critical = critical[:: -(-len(critical) // most)]
    rest = [call for call in steps if call not in critical]
    some = rest[:: -(-len(rest) // max(1, most - len(critical)))]
    return [call for call in steps if call in critical or call in some]


@pytest.mark.parametrize(
    ("component", "most"),
    [("postfix", 8), ("dovecot", 6), ("policy", 6), ("rspamd", 6), ("doors", 4)],
)
def test_a_run_killed_at_any_step_is_harmless_and_repaired(
    copied: Control, component: str, most: int
) -> None:
    """SIGKILL to everything that the deploy runs on the relay, before each command in turn.

    Both relays at once, at different steps; each round wants another change.
    """
    place = copied.site
    file = copied.directory / HARMLESS[component]
    text = file.read_text()
    file.write_text(f"{text}# noted\n")
    steps = sampled(steps_of(copied, component), most)
    for number, pair in enumerate(zip(steps[::2], [*steps[1::2], steps[-1]], strict=False)):
        file.write_text(f"{text}# killed in round {number}\n")
        with ExitStack() as stack:
            for relay, step in zip(RELAYS, pair, strict=True):
                stack.enter_context(noting(place, relay, component, step))
            ended = copied.run("-y")
        assert ended.code == 1, pair
        for relay in RELAYS:
            assert is_reached(place, relay), pair
            assert deliver(place, relay).verdict.is_pass, pair
        ended = copied.run("-y")
        assert ended.code == 0, (pair, ended.said)
        for relay in RELAYS:
            assert_clean(place, relay, component)
            assert_live(place, relay, f"# killed in round {number}", component)


def assert_live(place: Site, relay: str, line: str, component: str) -> None:
    directory = DIRECTORIES.get(component, f"/etc/{component}")
    assert shell(place, relay, f"grep -rlF '{line}' {directory}") != ""


def assert_clean(place: Site, relay: str, component: str) -> None:
    """No half-made file beside a live one; what was staged goes an hour later, and is root's."""
    directory = f"/var/lib/omi/components/{component}"
    files = DIRECTORIES.get(component, f"/etc/{component}")
    look = f"ls -d {files}/*.omi-new 2>/dev/null || :"
    assert shell(place, relay, look) == ""
    assert shell(place, relay, f"find {directory} -maxdepth 1 -name 'stage.*' -perm /077") == ""


WAITS = ("tar ", "postconf ", "mv -fT", "timeout 300")


@pytest.mark.parametrize("call", WAITS)
def test_pyinfra_killed_while_a_relay_works_is_harmless_and_repaired(
    copied: Control, call: str
) -> None:
    """SIGKILL on the control side: the relay is on its own from then on."""
    place = copied.site
    copied.append(HARMLESS["postfix"], "# step\n")
    steps = steps_of(copied, "postfix")
    chosen = next(name for name in steps if name.startswith(call))
    copied.append(HARMLESS["postfix"], "# another step\n")
    with noting(place, "smtp2", "postfix", chosen, wait=True):
        process = copied.start("-y", *ONE)
        deadline = time.monotonic() + 60
        while not is_reached(place, "smtp2"):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        kill(process)
        assert deliver(place, "smtp2").verdict.is_pass
        time.sleep(2.5)
        assert deliver(place, "smtp2").verdict.is_pass
    copied.deploy(*ONE)
    assert_clean(place, "smtp2", "postfix")
    assert deliver(place, "smtp2").verdict.is_pass


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_sessions_that_are_open_during_a_deploy_are_not_dropped(copied: Control) -> None:
    """After the greeting, inside an envelope, and in the middle of a message."""
    place = copied.site
    for path in HARMLESS.values():
        copied.append(path, "# another line\n")
    tokens = [secrets.token_hex(8) for _ in range(3)]
    first, *others = (mail(ALICE.sender, token) for token in tokens)
    with (
        Session(place, "smtp2", OPTIONAL) as greeted,
        Session(place, "smtp2", WRAPPED).ready() as enveloped,
        Session(place, "smtp2", SUBMISSION).ready() as sending,
    ):
        assert enveloped.envelope(ALICE.sender).code == 250
        assert sending.envelope(ALICE.sender).code == 250
        assert sending.ask("DATA").code == 354
        sending.sock.sendall(first[:100])

        assert len(copied.deploy(*ONE).changed) == len(HARMLESS)

        sending.sock.sendall(first[100:] + b"\r\n.\r\n")
        codes = [sending.read().code, enveloped.data(others[0]).code]
        greeted.ready()
        codes += [(greeted.envelope(ALICE.sender), greeted.data(others[1]))[1].code]
        assert codes == [AFTER_A_RELOAD] * 3
    if AFTER_A_RELOAD == TAKEN:
        for token in tokens:
            assert mailbox.wait_for(place, RECIPIENT, token).verdict.is_pass
    assert deliver(place, "smtp2").verdict.is_pass


def test_a_deploy_under_load_refuses_and_drops_nobody(copied: Control) -> None:
    place = copied.site
    for path in (HARMLESS["postfix"], HARMLESS["dovecot"]):
        copied.append(path, "# another line\n")
    with under_load(place, "smtp2") as load:
        assert len(copied.deploy(*ONE).changed) == 2
        time.sleep(0.5)
    assert set(load.replies.values()) == {250}
    assert load.not_passed() == []
