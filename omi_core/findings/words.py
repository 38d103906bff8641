"""The word and the sign of each status, wherever a person reads it."""

from omi_core.findings.verdict import Status
from omi_core.text import Text

STATUS_WORDS = {
    Status.PASSED: Text("fine"),
    Status.WARNED: Text("warning"),
    Status.FAILED: Text("failed"),
    Status.UNKNOWN: Text("not seen"),
    Status.SKIPPED: Text("left out"),
}
SIGNS = {
    Status.PASSED: "✔",
    Status.WARNED: "!",
    Status.FAILED: "✘",
    Status.UNKNOWN: "?",
    Status.SKIPPED: "-",
}
