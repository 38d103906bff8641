"""The JSON form of what is done about an account's control headers, on its way to the relay."""

from datetime import UTC, datetime

from omi_core.findings.finding import has_errors
from omi_core.message.check import check
from omi_core.message.control import ControlHeaders, control_header, wire
from omi_core.message.enforce import ControlMode, ControlPolicy
from omi_core.message.fields import Field
from omi_core.options.shapes import HIGHEST


def written_policy(policy: ControlPolicy) -> dict[str, object]:
    """Return the policy as JSON's own types; `read_policy` reads it."""
    launch = {header.name: wire(header, value, UTC) for header, value in policy.launch.said()}
    return {"mode": policy.mode.value, "launch": launch, "may_set": dict(policy.may_set)}


def read_policy(said: object) -> ControlPolicy:
    """Read what `written_policy` returns; raises ValueError for anything else."""
    if not isinstance(said, dict) or set(said) != {"mode", "launch", "may_set"}:
        raise ValueError("no policy of control headers")
    return ControlPolicy(
        mode=ControlMode(said["mode"]),
        launch=_launch(said["launch"]),
        may_set=_masks(said["may_set"]),
    )


def _launch(said: object) -> ControlHeaders:
    values = said.items() if isinstance(said, dict) else ()
    fields = [Field(name=name, value=str(value).encode()) for name, value in values]
    checked = check(fields, zone=UTC, now=datetime.min.replace(tzinfo=UTC))
    if not isinstance(said, dict) or len(checked.read) != len(said) or has_errors(checked.findings):
        raise ValueError("launch defaults that are no control headers")
    return checked.headers


def _masks(said: object) -> dict[str, int]:
    if not isinstance(said, dict) or not all(map(control_header, said)):
        raise ValueError("rights to headers that are no control headers")
    if not all(type(mask) is int and 0 <= mask <= HIGHEST for mask in said.values()):
        raise ValueError("rights that are no masks")
    return dict(said)
