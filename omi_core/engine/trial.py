"""What could shut the operator out is first live on trial, for a minute.

Before it is made live the host arms a timer (systemd.timer(5)) that brings back what was there.
Only a new login, over a connection of its own, lets the run go on to the activation, which disarms
the timer. So whatever else happens ends in what was before: a run that is killed, a line that
breaks, a host that reboots. docs/decisions/0055-firewall.md
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import gevent
from paramiko import SSHException
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State

from omi_core.engine import console
from omi_core.engine.archive import Member, pack
from omi_core.errors import ObservationError

ROOT = "/run/omi-trial"
PATIENCE_S = 60

# Few, because sshd shuts out who fails often (PerSourcePenalties), and over before the minute is.
ATTEMPTS = 3
PAUSE_S = 5.0
LOGIN_S = 45.0

_BEGIN = (Path(__file__).parent / "trial.sh").read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How something is made live without becoming what the host begins with.

    POSIX shell, each run in a directory that is gone with the trial: `keep` writes there what
    `back` needs, `apply` makes live what `files` say, `back` brings the former state, however often
    it is run and however little of `apply` was done.
    """

    name: str
    files: tuple[Member, ...]
    keep: str
    apply: str
    back: str


def on_trial(trial: Trial) -> Generator[PyinfraCommand]:
    """Yield what makes it live for a minute, and what proves that a new login works."""
    token = token_hex(8)
    there = f"{trial.name}.{token}"
    scripts = {"keep": trial.keep, "apply": trial.apply, "back": trial.back}
    members = (
        Member(name="begin", content=_BEGIN),
        *(
            Member(name=name, content=f"set -eu\n{text}\n".encode())
            for name, text in scripts.items()
        ),
        *trial.files,
    )
    yield StringCommand(
        f"umask 022 && mkdir -p {ROOT} && cd {ROOT} && mkdir {there}"
        f" && base64 -d | tar -x -C {there}"
        f" && PATIENCE={PATIENCE_S} sh {there}/begin {trial.name} {token}",
        _stdin=pack(members),
    )
    yield FunctionCommand(_log_in_anew, (trial.name, token), {})


def disarm(name: str) -> str:
    """Return the shell with which a reload begins: what it makes live is no trial any more."""
    return f"""mkdir -p {ROOT}
exec 8> {ROOT}/{name}.lock
flock -w 60 8
systemctl stop omi-trial-{name}.timer 2>/dev/null || :
rm -rf {ROOT}/{name}"""


def _log_in_anew(state: State, host: Host, name: str, token: str) -> bool:
    """Log in as the run did, but over a connection that what is on trial has to let in."""
    question = StringCommand(f'test "$(cat {ROOT}/{name}/token)" = {token}')
    why = "it takes too long"
    try:
        with gevent.Timeout(LOGIN_S):
            for attempt in range(ATTEMPTS):
                gevent.sleep(PAUSE_S if attempt else 0)
                if not (why := _attempt(state, host, question)):
                    return True
    except gevent.Timeout:
        pass  # the last reason says it
    problem = ObservationError(
        "nobody can log in anew with the new {name} ({why}); what was before comes back by itself"
        " within {seconds} s",
        name=name,
        why=why,
        seconds=PATIENCE_S,
    )
    console.log_styled(host, str(problem), fg="red")
    return False


def _attempt(state: State, host: Host, question: StringCommand) -> str:
    """Return why it failed; nothing if the answer came while the trial was under way."""
    connector = type(host.connector)(state, host)
    try:
        connector.connect()
        is_under_way, _ = connector.run_shell_command(
            question, print_output=False, print_input=False
        )
    except (ConnectError, SSHException, OSError, EOFError) as error:
        return str(error)
    finally:
        # pyinfra's own disconnect() forgets the file transfers of all hosts, and leaves this open.
        if client := getattr(connector, "client", None):
            client.close()
    return "" if is_under_way else "the trial is over"
