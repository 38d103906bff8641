"""Bounded answers for what speaks HTTP by requests."""

import io
import ssl
from functools import cache
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from omi_core.http_client.exchange import Exchanges, HttpAnswer
from omi_core.http_client.meter import AnswerError, AnswerLimits


class BoundedAdapter(BaseAdapter):
    """An adapter whose answers are within `limits`, connecting and header fields included."""

    def __init__(self, limits: AnswerLimits) -> None:
        super().__init__()
        self._limits = limits
        self._by_trust: dict[object, Exchanges] = {}

    def send(
        self, request: requests.PreparedRequest, *_: Any, **settings: Any
    ) -> requests.Response:
        """Return the answer, read to its end; raises AnswerError and requests' ConnectionError.

        Of the settings `verify` counts: True, or the file of those who are trusted.
        """
        exchanges = self._trusting(settings.get("verify", True))
        try:
            answer = exchanges.ask(
                str(request.method), str(request.url), _fields(request), _octets(request.body)
            )
        except AnswerError:
            raise
        except OSError as error:
            raise requests.ConnectionError(error, request=request) from error
        return _response(answer, request)

    def close(self) -> None:
        """Close the connections."""
        for exchanges in self._by_trust.values():
            exchanges.close()

    def _trusting(self, verify: object) -> Exchanges:
        if verify not in self._by_trust:
            file = DEFAULT_CA_BUNDLE_PATH if verify is True else str(verify)
            self._by_trust[verify] = Exchanges(limits=self._limits, context=_context(file))
        return self._by_trust[verify]


def _fields(request: requests.PreparedRequest) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in request.headers.items()]


def _octets(body: object) -> bytes | None:
    """Return a body that is text or octets; acme sends nothing else."""
    return body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else None


@cache
def _context(file: str) -> ssl.SSLContext:
    if Path(file).is_dir():
        return ssl.create_default_context(capath=file)
    return ssl.create_default_context(cafile=file)


def _response(answer: HttpAnswer, request: requests.PreparedRequest) -> requests.Response:
    made = requests.Response()
    made.status_code, made.reason = answer.status, answer.reason
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for name, value in answer.headers:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    made.headers = headers
    made.raw = io.BytesIO(answer.body)
    made.request, made.url = request, request.url or ""
    return made
