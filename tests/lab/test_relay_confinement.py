"""What the relay's daemons may do, by systemd's own judgement and by the kernel's word of them."""

import json

import pytest

from lab import hosts
from tests.lab.relay_client import Session
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

# systemd-analyze(1): 0 is confined, 10 is not at all.
MOST = 4.0
DAEMONS = (
    "dovecot.service",
    "rspamd.service",
    "omi-policy.service",
    "omi-guessing.service",
    "omi-queue.service",
)
# Both are Postfix: on Debian 12 the first one is `/bin/true`.
POSTFIX = {"12": "postfix@-.service", "13": "postfix.service"}


def release(control: Control) -> str:
    return shell(control.site, "smtp", ". /etc/os-release && echo $VERSION_ID").strip()


def exposure(control: Control, unit: str) -> float:
    """The number that systemd-analyze(1) itself comes to."""
    listed = hosts.run(
        control.site, "smtp", ["systemd-analyze", "security", "--no-pager", "--json=short"]
    )
    if listed.returncode == 0:
        found = {row["unit"]: float(row["exposure"]) for row in json.loads(listed.stdout)}
        if unit in found:
            return found[unit]
    said = shell(control.site, "smtp", f"systemd-analyze security --no-pager {unit} | tail -1")
    return float(said.split(":")[1].split()[0])


def main_process(control: Control, unit: str) -> str:
    if unit.startswith("postfix"):
        return shell(control.site, "smtp", "tr -d ' ' < /var/spool/postfix/pid/master.pid").strip()
    return shell(control.site, "smtp", f"systemctl show -P MainPID {unit}").strip()


def test_systemd_finds_each_daemon_confined(control: Control) -> None:
    found = {unit: exposure(control, unit) for unit in (*DAEMONS, POSTFIX[release(control)])}
    assert {unit: value for unit, value in found.items() if value > MOST} == {}


def test_what_runs_was_started_confined(control: Control) -> None:
    """A unit that was written and not taken up would confine nothing."""
    for unit in ("dovecot.service", "rspamd.service", POSTFIX[release(control)]):
        process = main_process(control, unit)
        status = shell(control.site, "smtp", f"cat /proc/{process}/status")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert (unit, fields["NoNewPrivs"], fields["Seccomp"]) == (unit, "1", "2")


def test_what_runs_could_write_nothing_of_the_system(control: Control) -> None:
    for unit in ("dovecot.service", "rspamd.service", POSTFIX[release(control)]):
        process = main_process(control, unit)
        for path in ("/etc", "/usr", "/root", "/var/lib/omi"):
            tried = hosts.run(
                control.site, "smtp", ["nsenter", "-m", "-t", process, "touch", f"{path}/x"]
            )
            assert (unit, path, tried.returncode) == (unit, path, 1)


def test_another_confinement_is_taken_up_by_a_restart_and_the_same_one_by_none(
    damaged: Control,
) -> None:
    unit = f"/etc/systemd/system/{POSTFIX[release(damaged)]}.d/omi.conf"
    for path in (unit, "/etc/systemd/system/dovecot.service.d/omi.conf"):
        shell(damaged.site, "smtp", f"echo '# of another time' >> {path}")
    units = ("dovecot.service", POSTFIX[release(damaged)])
    before = [main_process(damaged, unit) for unit in units]
    # What the operator's own restart took up counts: it is not what the deploy wants.
    shell(damaged.site, "smtp", f"systemctl daemon-reload; systemctl restart {units[0]}")
    damaged.deploy()
    after = [main_process(damaged, unit) for unit in units]
    assert set(before).isdisjoint(after)
    shell(damaged.site, "smtp", "touch /etc/postfix/main.cf; chmod 600 /etc/dovecot/dovecot.conf")
    damaged.deploy()
    assert [main_process(damaged, unit) for unit in units] == after
    with Session(damaged.site, "smtp") as session:
        assert session.hello().code == 250
        assert session.login().code == 235
