"""The words of `omi drift`."""

from omi_core.findings.finding import FindingKind, Severity
from omi_core.text import Text

NOT_SEEN = Text("nobody could look at it; what pyinfra said of it stands on stderr")
NO_DNS = Text("no zone was read: the inventory has no control row, or its run did not come so far")

HOST = FindingKind(
    id="drift-host",
    severity=Severity.ERROR,
    text=Text("the host differs from the inventory: {step}"),
    expected=Text("nothing to do"),
    observed=Text.plain("{reasons}"),
    remedy=Text(
        "find out who changed it; deploys/relay.py makes it as the inventory says, and its --dry "
        "--diff shows how"
    ),
)
UNEXPLAINED = Text("a deploy would do something here")
MISSING = Text("missing packages: {names}")

RECORD = FindingKind(
    id="drift-dns",
    severity=Severity.ERROR,
    text=Text("what is published differs from the inventory"),
    expected=Text.plain("{after}"),
    observed=Text.plain("{before}"),
    remedy=Text("find out who changed it; omi dns apply publishes what the inventory says"),
)
NO_RECORD = Text("no record")

REFUSED = FindingKind(
    id="drift-dns-refused",
    severity=Severity.ERROR,
    text=Text("a record of {zone} is not as the inventory says, and may not be published"),
    expected=Text("what the inventory says"),
    observed=Text.plain("{why}"),
    remedy=Text("put right what is in the way; omi dns plan shows all of the zone"),
)
