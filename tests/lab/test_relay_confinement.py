"""What the relay's daemons may do, by systemd's own judgement and by the kernel's word of them."""

import pytest

from lab import hosts
from omi_core.relay.policy import ACCOUNT, counter
from omi_core.render import render
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
    said = shell(control.site, "smtp", f"systemd-analyze security --no-pager {unit} | tail -1")
    return exposure_in(said)


def exposure_in(said: str) -> float:
    return float(said.partition(": ")[2].split()[0])


def main_process(control: Control, unit: str) -> str:
    if unit.startswith("postfix"):
        return shell(control.site, "smtp", "tr -d ' ' < /var/spool/postfix/pid/master.pid").strip()
    return shell(control.site, "smtp", f"systemctl show -P MainPID {unit}").strip()


def test_systemd_finds_each_daemon_confined(control: Control) -> None:
    found = {unit: exposure(control, unit) for unit in (*DAEMONS, POSTFIX[release(control)])}
    assert {unit: value for unit, value in found.items() if value > MOST} == {}


def test_the_counter_is_confined_where_an_inventory_has_limits(control: Control) -> None:
    unit = render(
        "policy/counter.service",
        program=counter.PROGRAMS[release(control)],
        configuration=counter.CONFIGURATION,
        account=ACCOUNT,
        socket=counter.SOCKET,
        directory=counter.DIRECTORY,
    )
    path = "/run/omi-counter-judged.service"
    hosts.check(control.site, "smtp", ["tee", path], stdin=unit.decode())
    judge = "systemd-analyze security --no-pager --offline=true"
    said = shell(control.site, "smtp", f"{judge} {path} | tail -1; rm {path}")
    assert exposure_in(said) <= MOST


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


@pytest.mark.soak
def test_another_confinement_is_ended_by_a_restart_and_one_that_nothing_runs_with_is_not(
    damaged: Control,
) -> None:
    units = ("dovecot.service", POSTFIX[release(damaged)])
    loosen = "; ".join(
        f"echo 'ProtectClock=no' >> /etc/systemd/system/{unit}.d/omi.conf" for unit in units
    )
    remove = "; ".join(f"rm /etc/systemd/system/{unit}.d/omi.conf" for unit in units)
    restart = f"systemctl daemon-reload; systemctl restart {' '.join(units)}"
    shell(damaged.site, "smtp", f"{loosen}; {restart}")
    loose = processes(damaged, units)
    damaged.deploy()
    confined = processes(damaged, units)
    assert set(loose).isdisjoint(confined)
    shell(damaged.site, "smtp", loosen)
    damaged.deploy()
    assert processes(damaged, units) == confined
    # As an earlier release leaves it, deployed in between: the digest is there, the unit is not.
    shell(damaged.site, "smtp", f"{remove}; {restart}")
    loose = processes(damaged, units)
    damaged.deploy()
    assert set(loose).isdisjoint(processes(damaged, units))
    test_systemd_finds_each_daemon_confined(damaged)
    with Session(damaged.site, "smtp") as session:
        assert session.hello().code == 250
        assert session.login().code == 235


def processes(control: Control, units: tuple[str, ...]) -> list[str]:
    return [main_process(control, unit) for unit in units]
