"""SMTP as customers meet it: a matrix of cells, what was seen of each, and what is judged of it.

`verify` looks at all of them at once and returns a `Report`. `look_at` sees certificates only.
"""

from typing import TYPE_CHECKING

from omi_core.exports import lazy

if TYPE_CHECKING:
    from omi_core.probe.cell import Cell
    from omi_core.probe.certificates import ListenerTarget, Served, look_at
    from omi_core.probe.matrix import verify
    from omi_core.probe.name_seen import Resolver
    from omi_core.probe.probe import Contexts, Expectation, Mailbox, Probe
    from omi_core.probe.report import CellReport, NameReport, Report
    from omi_core.smtp.credentials import Credentials
    from omi_core.smtp.limits import Limits
    from omi_core.smtp.listeners import ACCESSES, LISTENERS, Access, Listener, Security

__all__ = [
    "ACCESSES",
    "LISTENERS",
    "Access",
    "Cell",
    "CellReport",
    "Contexts",
    "Credentials",
    "Expectation",
    "Limits",
    "Listener",
    "ListenerTarget",
    "Mailbox",
    "NameReport",
    "Probe",
    "Report",
    "Resolver",
    "Security",
    "Served",
    "look_at",
    "verify",
]

_PLACES = {
    "ACCESSES": "omi_core.smtp.listeners",
    "LISTENERS": "omi_core.smtp.listeners",
    "Access": "omi_core.smtp.listeners",
    "Cell": "omi_core.probe.cell",
    "CellReport": "omi_core.probe.report",
    "Contexts": "omi_core.probe.probe",
    "Credentials": "omi_core.smtp.credentials",
    "Expectation": "omi_core.probe.probe",
    "Limits": "omi_core.smtp.limits",
    "Listener": "omi_core.smtp.listeners",
    "ListenerTarget": "omi_core.probe.certificates",
    "Mailbox": "omi_core.probe.probe",
    "NameReport": "omi_core.probe.report",
    "Probe": "omi_core.probe.probe",
    "Report": "omi_core.probe.report",
    "Resolver": "omi_core.probe.name_seen",
    "Security": "omi_core.smtp.listeners",
    "Served": "omi_core.probe.certificates",
    "look_at": "omi_core.probe.certificates",
    "verify": "omi_core.probe.matrix",
}

if not TYPE_CHECKING:  # a type checker would take any name for one that is there
    __getattr__ = lazy(__name__, _PLACES)
