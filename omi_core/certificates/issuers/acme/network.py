"""Signed requests to an ACME server, again where it only wants another nonce or a little time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acme import errors, messages
from acme.client import ClientNetwork
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWK

from omi_core.certificates.errors import CaUnreachableError, IssuanceError, RateLimitedError
from omi_core.errors import OmiError
from omi_core.http_client.json_body import json_of
from omi_core.http_client.meter import AnswerError, AnswerLimits
from omi_core.http_client.requests_adapter import BoundedAdapter
from omi_core.http_client.retry_after import seconds_of
from omi_core.text import Text

# RFC 8555 6.5: a bad nonce says nothing about the request. A server that refuses six of ten is
# answered before the twentieth try all but once in thirty thousand times.
_NONCES = 20
_PATIENCE_S = 60.0
_SHORTEST_PAUSE_S = 1.0
_BUSY = {429, 503}
# A chain of certificates is 10 KB; what a CA says about itself or an order is less.
_LIMITS = AnswerLimits(octets=1 << 20, seconds=30)
_MOST_REDIRECTS = 3
_LONGEST_WORDS = 500
# What the library makes of an answer that is not as it should be
STRANGE = (JoseError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
_STRANGE = Text("{url} does not answer as an ACME server (RFC 8555): {kind}")
_NO_ANSWER = Text("{url} is not a CA that can be asked: {error}; the certificate in use stays")
_BRACKETS = Text.plain(" ({words})")
_WAIT = Text("the CA asks to wait for {seconds} s")


class AcmeNetwork(ClientNetwork):
    """acme's network, which tries a bad nonce once more and knows no Retry-After for errors."""

    def __init__(
        self,
        key: JWK,
        ca_file: Path | None,
        progress: Callable[[Text], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(
            key, alg=ES256, user_agent="omi-relay", timeout=int(_LIMITS.seconds), verify_ssl=True
        )
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, BoundedAdapter(_LIMITS))
        self.session.max_redirects = _MOST_REDIRECTS
        if ca_file is not None:
            self.verify_ssl = str(ca_file)  # type: ignore[assignment]  # requests takes a path too
        self._progress = progress
        self._sleep = sleep
        self._patience_s = _PATIENCE_S
        self._last: Any = None

    def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send it; raises CaUnreachableError for an answer that is too long, slow or deep."""
        try:
            self._last = super()._send_request(method, url, *args, **kwargs)
            if self._last.content.lstrip()[:1] in {b"{", b"["}:
                json_of(self._last.content)
        except AnswerError as error:
            raise CaUnreachableError(_NO_ANSWER, url=url, error=error) from None
        return self._last

    def post(self, *args: Any, **kwargs: Any) -> Any:
        """Send a signed request until its nonce is taken (RFC 8555 6.5)."""
        return self._until_taken(lambda: self._post_once(*args, **dict(kwargs)))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Send an unsigned request."""
        return self._until_taken(lambda: super(AcmeNetwork, self).get(*args, **dict(kwargs)))

    def _until_taken(self, ask: Callable[[], Any]) -> Any:
        for _ in range(_NONCES - 1):
            try:
                return ask()
            except (messages.Error, errors.ClientError) as error:
                if not (_is_bad_nonce(error) or self._has_waited(error)):
                    raise
        return ask()

    def _has_waited(self, error: Exception) -> bool:
        """Wait as long as the server says, if it is busy and that is not too long."""
        if self._last is None or self._last.status_code not in _BUSY:
            return False
        seconds = max(seconds_of(self._last.headers.get("Retry-After"), 0), _SHORTEST_PAUSE_S)
        if seconds > self._patience_s:
            words = _detail(error)
            raise RateLimitedError(
                "the CA wants no request for {seconds:.0f} s more{detail}; the "
                "certificate in use stays, run again then",
                seconds=seconds,
                detail=_BRACKETS.format(words=words) if words else "",
            ) from None
        self._patience_s -= seconds
        self._progress(_WAIT.format(seconds=f"{seconds:.0f}"))
        self._sleep(seconds)
        return True


@contextmanager
def answering(url: str) -> Iterator[None]:
    """Turn whatever the ACME server or the library makes of it into one sentence of ours."""
    try:
        yield
    except OmiError:
        raise
    except errors.ValidationError as error:
        raise IssuanceError("the CA could not validate {error}", error=_invalid(error)) from None
    except errors.IssuanceError as error:
        raise IssuanceError(
            "the CA made the order invalid: {error}", error=_detail(error.error)
        ) from None
    except errors.TimeoutError:
        raise CaUnreachableError(
            "{url} did not finish the order in time; run again", url=url
        ) from None
    except messages.Error as error:
        raise IssuanceError("the CA refuses: {error}", error=_detail(error)) from None
    except STRANGE as error:
        # Before OSError: a body that is not JSON is both to requests.
        raise CaUnreachableError(_STRANGE.format(url=url, kind=type(error).__name__)) from None
    except OSError as error:
        raise CaUnreachableError(
            "{url} cannot be reached ({error}); the certificate in use stays, run again",
            url=url,
            error=_reason(error),
        ) from None
    except errors.Error as error:
        raise CaUnreachableError(_STRANGE.format(url=url, kind=type(error).__name__)) from None


def _is_bad_nonce(error: Exception) -> bool:
    return isinstance(error, messages.Error) and error.code == "badNonce"


def _invalid(error: errors.ValidationError) -> str:
    """Say which name, and what the CA said about it; nothing of it must be there."""
    parts = []
    for one in error.failed_authzrs:
        said = [c.error for c in one.body.challenges or () if c.error is not None]
        identifier: Any = one.body.identifier
        name = "a name" if identifier is None else identifier.value
        parts.append(f"{name} ({_detail(said[0]) if said else 'no reason'})")
    return "; ".join(parts)


def _detail(error: Any) -> str:
    """Return a problem document (RFC 7807) in one line, as long as a person reads."""
    if not isinstance(error, messages.Error):
        return ""
    parts = [str(error.detail or error.description or error.typ)]
    parts += [_detail(one) for one in error.subproblems or ()]
    words = " ".join("; ".join(parts).split())
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]}..."


def _reason(error: OSError) -> str:
    """Return the innermost cause; requests wraps it three times."""
    inner: BaseException = error
    while cause := inner.__cause__ or inner.__context__:
        inner = cause
    words = getattr(inner, "strerror", None) or getattr(inner, "verify_message", None)
    return str(words or type(inner).__name__)
