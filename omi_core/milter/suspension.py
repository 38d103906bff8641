"""Whether an account is suspended: asked before anything else is of its mail."""

from omi_core.milter.accounts import Accounts
from omi_core.milter.mail import POLICY, Envelope, RefusedMailError
from omi_core.text import Text

_SHOWN = 100  # characters of a login
SUSPENDED = Text("account {login} is suspended: {reason}")


def raise_if_suspended(envelope: Envelope, accounts: Accounts) -> None:
    """Raise RefusedMailError, with the reason of the customer's file, for a suspended account."""
    reason = accounts.suspended.get(envelope.login.lower()) if envelope.login else None
    if reason is not None:
        raise RefusedMailError(POLICY, SUSPENDED, login=envelope.login[:_SHOWN], reason=reason)
