"""What `--data` may say about DNS."""

from omi_core.engine.given.key import text
from omi_core.names import Fqdn


def names(written: str) -> list[Fqdn]:
    """Read names with commas between them; raises InputError."""
    return [Fqdn.parse(name) for name in written.split(",") if name]


PLAN, RETIRE = text("plan"), text("retire", names)
