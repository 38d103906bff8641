"""Bounded answers for what speaks HTTP by httpx."""

import httpx

from omi_core.http_client.exchange import Exchanges
from omi_core.http_client.meter import AnswerError, AnswerLimits, AnswerTooSlowError

_NOT_OF_THE_BODY = {"transfer-encoding", "content-length", "connection"}


class BoundedTransport(httpx.BaseTransport):
    """A transport whose answers are within `limits`, connecting and header fields included."""

    def __init__(self, limits: AnswerLimits) -> None:
        self._exchanges = Exchanges(limits=limits, context=httpx.create_ssl_context())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, read to its end; raises AnswerError and what httpx raises."""
        headers = request.headers.multi_items()
        try:
            answer = self._exchanges.ask(
                request.method, str(request.url), headers, request.read() or None
            )
        except AnswerTooSlowError as error:
            raise httpx.ReadTimeout(str(error)) from None
        except AnswerError:
            raise
        except OSError as error:
            raise httpx.ConnectError(str(error.strerror or error)) from error
        kept = [each for each in answer.headers if each[0].lower() not in _NOT_OF_THE_BODY]
        return httpx.Response(answer.status, headers=kept, content=answer.body, request=request)

    def close(self) -> None:
        """Close the connections."""
        self._exchanges.close()
