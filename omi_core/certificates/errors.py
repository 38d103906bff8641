"""The errors of issuing.

OmiError
├── ObservationError
│   └── CaUnreachableError (ConnectionError)  the CA does not answer, or nothing that is ACME
└── IssuanceError (RuntimeError)              the CA answers, and issues nothing
    └── RateLimitedError                      not now; its text says when
"""

from omi_core.errors import ObservationError, OmiError


class CaUnreachableError(ObservationError, ConnectionError):
    """The CA could not be asked."""


class IssuanceError(OmiError, RuntimeError):
    """No certificate was issued, and why."""


class RateLimitedError(IssuanceError):
    """The CA wants to be left alone for a while."""
