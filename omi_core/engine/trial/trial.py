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

from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from omi_core.engine import console
from omi_core.engine.archive import Member, pack
from omi_core.engine.trial import login
from omi_core.errors import ObservationError

ROOT = "/run/omi-trial"
PATIENCE_S = 60

_BEGIN = (Path(__file__).parent / "trial.sh").read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How something is made live without becoming what the host begins with.

    POSIX shell, each run in a directory that is gone with the trial: `keep` writes there what
    `back` needs, `apply` makes live what `files` say, `back` brings the former state, however often
    it is run and however little of `apply` was done. `settle` clears the way for the activation
    when it has been proven.
    """

    name: str
    files: tuple[Member, ...]
    keep: str
    apply: str
    back: str
    settle: str = ":"


def on_trial(trial: Trial, activate: StringCommand) -> Generator[PyinfraCommand]:
    """Yield what makes it live for a minute, what proves that a new login works, and `activate`.

    The timer is there until the activation has ended well: after one that failed, what was before
    comes back. An activation that needs no reload disarms it all the same.
    """
    token = token_hex(8)
    there = f"{trial.name}.{token}"
    scripts = {"keep": trial.keep, "apply": trial.apply, "back": trial.back, "settle": trial.settle}
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
    yield FunctionCommand(_prove, (trial.name, token), {})
    settle = f"(cd {ROOT}/{trial.name} && sh ./settle)"
    yield StringCommand(settle, "&&", activate, f"&& {{ {disarm(trial.name)}\n}}")


def disarm(name: str) -> str:
    """Return the shell with which a reload begins: what it makes live is no trial any more."""
    return f"""mkdir -p {ROOT}
exec 8> {ROOT}/{name}.lock
flock -w 60 8
systemctl stop omi-trial-{name}.timer 2>/dev/null || :
rm -rf {ROOT}/{name}"""


def _prove(state: State, host: Host, name: str, token: str) -> bool:
    """Log in anew, and see that it was while the trial was under way."""
    question = StringCommand(f'test "$(cat {ROOT}/{name}/token)" = {token}')
    if not (why := login.failure(state, host, question)):
        return True
    problem = ObservationError(
        "nobody can log in anew with the new {name} ({why}); what was before comes back by itself"
        " within {seconds} s",
        name=name,
        why=why,
        seconds=PATIENCE_S,
    )
    console.log_styled(host, str(problem), fg="red")
    return False
