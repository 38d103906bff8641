"""Cloudflare's SDK in a thin adapter: three calls, a budget, and errors in one sentence.

The SDK repeats writes whose outcome it does not know, and ignores a `Retry-After` above a minute;
so it repeats nothing here. Its errors hold whole answers and are never shown or chained.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from omi_core.dns.errors import ServerRefusedError
from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.dns.providers.cloudflare.record import Batch, Json
from omi_core.errors import InputError, ObservationError, OmiError
from omi_core.names import Fqdn
from omi_core.secret import Secret

if TYPE_CHECKING:
    from cloudflare import APIStatusError, Cloudflare

T = TypeVar("T")

SERVICE = "Cloudflare"
PAGE = 50_000  # records; the service's schema allows 5,000,000, and a zone is then one request
_ZONES_PAGE = 50
_TRIES = 4
_FIRST_PAUSE_S = 0.5
_TOO_MANY = 429
_SERVER_FAULT = 500


class OutcomeUnknownError(OmiError):
    """A write was sent and nobody knows whether it was done; look before doing it again."""


class OverlapError(OmiError):
    """The service says that something stands, or no longer stands, where the write goes."""


@dataclass(kw_only=True)
class Api:
    """Calls that return plain JSON. `timeout_s` bounds each answer, in seconds.

    All raise ObservationError when the service cannot be reached, ServerRefusedError when it
    does not accept the token or its rights.
    """

    token: Secret
    timeout_s: float = 60.0
    page: int = PAGE
    budget: Budget = field(default_factory=Budget)
    _client: "Cloudflare | None" = field(default=None, init=False, repr=False)

    def zone_ids(self, name: Fqdn) -> tuple[str, ...]:
        """Return the identifiers of the zones of that name that the token can see."""
        found = self._read(
            f"the zone {name.relative}",
            lambda: (
                self._sdk()
                .zones.with_raw_response.list(name=name.relative, per_page=_ZONES_PAGE)
                .json()
            ),
        )
        return tuple(str(zone["id"]) for zone in _result(found))

    def records(self, zone: Fqdn, identifier: str) -> Iterator[Json]:
        """Yield every record of a zone; each page once, and none after the last."""
        page, pages = 1, 1
        while page <= pages:
            found = self._page(zone, identifier, page)
            yield from _result(found)
            info = found.get("result_info")
            pages = int(info.get("total_pages") or 1) if isinstance(info, dict) else 1
            page += 1

    def batch(self, zone: Fqdn, identifier: str, batch: Batch) -> None:
        """Send one transaction, once.

        Raises InputError, which names the record, if the service refuses it; OverlapError and
        OutcomeUnknownError when the zone has to be looked at again.
        """
        import cloudflare

        body = {
            key: list(value)
            for key, value in (
                ("deletes", batch.deletes),
                ("patches", batch.patches),
                ("posts", batch.posts),
            )
            if value
        }
        self.budget.spend()
        try:
            self._sdk().dns.records.with_raw_response.batch(zone_id=identifier, **body)  # type: ignore[arg-type]
        except cloudflare.APIStatusError as error:
            self._judge_write(zone, batch, error)
        except cloudflare.APIConnectionError:
            raise OutcomeUnknownError(
                "{service} did not answer a change of {zone}", service=SERVICE, zone=zone.relative
            ) from None

    def _judge_write(self, zone: Fqdn, batch: Batch, error: "APIStatusError") -> None:
        if error.status_code == _TOO_MANY:
            self.budget.obey(SERVICE, error.response.headers.get("retry-after"))
            raise OverlapError("nothing was written, and time has passed") from None
        if error.status_code >= _SERVER_FAULT:
            raise OutcomeUnknownError(
                "{service} answered {status_code} to a change of {zone}",
                service=SERVICE,
                status_code=error.status_code,
                zone=zone.relative,
            ) from None
        faults = _faults(error)
        if any(code in _OVERLAPS for code, _, _ in faults):
            raise OverlapError(_listed(faults)) from None
        _refuse_access(faults, error.status_code, f"a change of {zone.relative}")
        named = next((n for _, _, pointer in faults if (n := batch.at(pointer))), "")
        where = named or ", ".join(batch.names[:5])
        raise InputError(
            "{service} refuses {where}: {faults}; nothing of this batch was written",
            service=SERVICE,
            where=where,
            faults=_listed(faults),
        ) from None

    def _page(self, zone: Fqdn, identifier: str, page: int) -> dict[str, object]:
        return self._read(
            f"the records of {zone.relative}",
            lambda: (
                self._sdk()
                .dns.records.with_raw_response.list(
                    zone_id=identifier, page=page, per_page=self.page
                )
                .json()
            ),
        )

    def _read(self, what: str, call: Callable[[], object]) -> dict[str, object]:
        """Ask until there is an answer: reading may be repeated, a fault of the service ends."""
        import cloudflare

        fault = ""
        tries = 0
        while tries < _TRIES:
            self.budget.spend()
            try:
                answer = call()
            except cloudflare.APIStatusError as error:
                if error.status_code == _TOO_MANY:
                    self.budget.obey(SERVICE, error.response.headers.get("retry-after"))
                    continue
                if error.status_code < _SERVER_FAULT:
                    _refuse_access(_faults(error), error.status_code, what)
                    fault = _listed(_faults(error))
                    break
                fault = f"it answers {error.status_code}"
            except cloudflare.APITimeoutError:
                fault = f"it does not answer within {self.timeout_s:g} s"
            except cloudflare.APIConnectionError:
                fault = "it cannot be reached"
            except ValueError:
                fault = "it answers what is not JSON"
            else:
                if isinstance(answer, dict):
                    return answer
                fault = "it answers what is not an object"
            self.budget.sleep(_FIRST_PAUSE_S * 2**tries)
            tries += 1
        raise ObservationError(
            "{service} did not give {what}: {fault}", service=SERVICE, what=what, fault=fault
        ) from None

    def _sdk(self) -> "Cloudflare":
        if self._client is None:
            from cloudflare import Cloudflare

            self._client = Cloudflare(
                api_token=self.token.unmask(), max_retries=0, timeout=self.timeout_s
            )
        return self._client


# 81053 to 81056: something else stands there; 81057, 81058: the same does; 81044: it is gone
_OVERLAPS = frozenset({81044, 81053, 81054, 81055, 81056, 81057, 81058})
_TOKEN_FAULTS = frozenset({6003, 6111, 10000, 10001, 9106, 1000, 1001})

Fault = tuple[int, str, str]  # code, message, JSON pointer


def _faults(error: "APIStatusError") -> tuple[Fault, ...]:
    body = error.body if isinstance(error.body, dict) else {}
    listed = body.get("errors")
    return tuple(_fault(one) for one in listed or () if isinstance(one, dict))


def _fault(one: Json) -> Fault:
    source = one.get("source")
    pointer = source.get("pointer") if isinstance(source, dict) else ""
    code = one.get("code")
    # One line of it: what a service says may be long, and may repeat what it was sent.
    message = " ".join(str(one.get("message", "")).split())[:120]
    return (code if isinstance(code, int) else 0, message, str(pointer or ""))


def _listed(faults: tuple[Fault, ...]) -> str:
    return "; ".join(f"{message} ({code})" for code, message, _ in faults) or "it gives no reason"


def _refuse_access(faults: tuple[Fault, ...], status: int, what: str) -> None:
    codes = {code for code, _, _ in faults}
    shown = ", ".join(map(str, sorted(codes))) or f"HTTP {status}"
    if status == 401 or (codes & _TOKEN_FAULTS and status in {400, 403}):  # noqa: PLR2004
        if status == 403 and 10000 in codes:  # noqa: PLR2004
            raise _no_right(what, shown) from None
        raise ServerRefusedError(
            "{service} does not accept the API token ({shown}); make a new one as docs/dns.md says",
            service=SERVICE,
            shown=shown,
        ) from None
    if status in {403, 404}:
        raise _no_right(what, shown) from None


def _no_right(what: str, shown: str) -> ServerRefusedError:
    return ServerRefusedError(
        "{service} does not let the API token have {what} ({shown}); give it "
        "Zone Read and DNS Edit on that zone",
        service=SERVICE,
        what=what,
        shown=shown,
    )


def _result(answer: Json) -> list[Json]:
    found = answer.get("result")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
