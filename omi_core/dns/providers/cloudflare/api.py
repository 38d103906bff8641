"""Cloudflare's SDK in a thin adapter: three calls, a budget, and errors in one sentence.

The SDK repeats writes whose outcome it does not know, and ignores a `Retry-After` above a minute;
so it repeats nothing here. It looks at the status alone, so the envelope is read here. Its errors
hold whole answers and are never shown or chained.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omi_core.dns.providers.cloudflare.access import SERVICE, refused_access
from omi_core.dns.providers.cloudflare.answer import ApiAnswer
from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.dns.providers.cloudflare.record import Batch, Json, folded_name
from omi_core.errors import InputError, ObservationError, OmiError, text_of
from omi_core.names import Fqdn
from omi_core.secret import MASK, Secret
from omi_core.text import NOTHING, Text

if TYPE_CHECKING:
    from cloudflare import APIConnectionError, Cloudflare

PAGE = 20_000  # records; the service's schema allows 5,000,000, and most zones are one request
_MOST_RECORDS = 1_000_000  # of a zone
_OCTETS = 32 << 20  # a page of DKIM keys is half of it
_ZONES_PAGE = 50
_TRIES = 4
_FIRST_PAUSE_S = 0.5
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")
_ZONE = Text("the zone {zone}")
_RECORDS = Text("the records of {zone}")
_CHANGE = Text("a change of {zone}")
_LEGACY_ENTERPRISE = "enterprise"
# 81053 to 81056: something else stands there; 81057, 81058: the same does; 81044: it is gone
_OVERLAPS = frozenset({81044, 81053, 81054, 81055, 81056, 81057, 81058})


class OutcomeUnknownError(OmiError):
    """A write was sent and nobody knows whether it was done; look before doing it again."""


class NotAcceptedError(OmiError):
    """A write was not accepted because the service was asked too often; nothing was done."""


class OverlapError(OmiError):
    """The service says that something stands, or no longer stands, where the write goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneEntry:
    """A zone as the service lists it; on an Enterprise plan records may have shorter TTLs."""

    identifier: str
    is_enterprise: bool = False


@dataclass(kw_only=True)
class Api:
    """Calls that return plain JSON. `timeout_s` bounds each whole answer, in seconds.

    All raise ObservationError when the service cannot be reached, ServerRefusedError when it
    does not accept the token or its rights.
    """

    token: Secret
    timeout_s: float = 60.0
    page: int = PAGE
    budget: Budget = field(default_factory=Budget)
    _client: "Cloudflare | None" = field(default=None, init=False, repr=False)

    def zones(self, name: Fqdn) -> tuple[ZoneEntry, ...]:
        """Return the zones of that name that the token can see."""
        what = _ZONE.format(zone=name.relative)
        answer = self._read(
            what,
            lambda: self._sdk().zones.with_raw_response.list(
                name=name.relative, per_page=_ZONES_PAGE
            ),
        )
        # The service lists names as people write them, and a proxy between may drop the filter.
        found = [one for one in self._listed(answer, what) if _name_of(one) == name]
        return tuple(self._zone(one, what) for one in found)

    def records(self, zone: Fqdn, identifier: str) -> Iterator[Json]:
        """Yield every record of a zone; each page once, and none after the last."""
        what = _RECORDS.format(zone=zone.relative)
        page, pages, records = 1, 1, 0
        while page <= pages:
            answer = self._page(what, identifier, page)
            found = self._listed(answer, what)
            pages, records = answer.pages, records + len(found)
            is_endless = records > _MOST_RECORDS or (page < pages and not found)
            if is_endless or answer.page not in {None, page}:
                raise self._did_not_give(what, Text("its pages have no end"))
            if answer.count not in {None, len(found)}:
                raise self._did_not_give(what, Text("it lists less than it counts"))
            for entry in found:
                yield self._entry(entry, what)
            page += 1

    def batch(self, zone: Fqdn, identifier: str, batch: Batch) -> None:
        """Send one transaction, once.

        Raises InputError, which names the record, if the service refuses it; OverlapError,
        NotAcceptedError and OutcomeUnknownError when the zone has to be looked at again.
        """
        import cloudflare

        body: Any = {key: list(value) for key, value in batch.verbs.items() if value}
        what = _CHANGE.format(zone=zone.relative)
        try:
            answer = self._ask(
                lambda: self._sdk().dns.records.with_raw_response.batch(zone_id=identifier, **body)
            )
        except cloudflare.APIConnectionError:
            raise OutcomeUnknownError(
                "{service} did not answer {what}", service=SERVICE, what=what
            ) from None
        if not answer.is_success:
            raise self._not_written(what, batch, answer)

    def _not_written(self, what: Text, batch: Batch, answer: ApiAnswer) -> OmiError:
        told = {"service": SERVICE, "what": what}
        if answer.is_too_often:
            self.budget.obey(SERVICE, what, answer.retry_after)
            return NotAcceptedError(
                "{service} did not accept {what}, because it was asked too often", **told
            )
        if answer.is_fault_of_the_service:
            status = answer.status
            return OutcomeUnknownError(
                "{service} answered {status} to {what}", status=status, **told
            )
        if answer.codes & _OVERLAPS:
            return OverlapError(answer.why)
        if error := refused_access(answer, what):
            return error
        if not answer.is_refusal:
            return ObservationError(
                "{service} did not accept {what}: {fault}; run again", fault=answer.fault, **told
            )
        pointed = (name for fault in answer.faults if (name := batch.at(fault.pointer)))
        return InputError(
            "{service} refuses {where}: {faults}; nothing of this batch was written",
            service=SERVICE,
            where=next(pointed, ", ".join(batch.names[:5])),
            faults=answer.why,
        )

    def _page(self, what: Text, identifier: str, page: int) -> ApiAnswer:
        return self._read(
            what,
            lambda: self._sdk().dns.records.with_raw_response.list(
                zone_id=identifier, page=page, per_page=self.page
            ),
        )

    def _read(self, what: Text, call: Callable[[], Any]) -> ApiAnswer:
        """Ask until there is an answer: reading may be repeated, a fault of the service ends."""
        import cloudflare

        fault = NOTHING
        for attempt in range(_TRIES):
            try:
                answer = self._ask(call)
            except cloudflare.APIConnectionError as silence:
                fault = self._silence(silence)
            else:
                if answer.is_success:
                    return answer
                fault = answer.fault
                if answer.is_too_often:
                    is_last = attempt + 1 == _TRIES
                    self.budget.obey(SERVICE, what, answer.retry_after, is_last=is_last)
                    continue
                if not answer.is_fault_of_the_service:
                    if error := refused_access(answer, what):
                        raise error
                    break
            self.budget.sleep(_FIRST_PAUSE_S * 2**attempt)
        raise self._did_not_give(what, fault)

    def _ask(self, call: Callable[[], Any]) -> ApiAnswer:
        """Ask once; raises APIConnectionError, and no other error of the SDK."""
        import cloudflare

        self.budget.spend()
        try:
            response = call().http_response
        except cloudflare.APIStatusError as error:
            response = error.response
        return ApiAnswer(
            status=response.status_code,
            body=response.content,
            retry_after=response.headers.get("retry-after"),
            hide=self._hidden,
        )

    def _hidden(self, words: str) -> str:
        return words.replace(self.token.unmask(), MASK)

    def _silence(self, error: "APIConnectionError") -> Text:
        import cloudflare

        if isinstance(error, cloudflare.APITimeoutError):
            return Text("it does not answer within {seconds} s").format(
                seconds=f"{self.timeout_s:g}"
            )
        cause = error.__cause__
        if isinstance(cause, OmiError):
            return text_of(cause)
        return Text("it cannot be reached")

    def _listed(self, answer: ApiAnswer, what: Text) -> list[Json]:
        try:
            return answer.listed()
        except ObservationError as error:
            raise self._did_not_give(what, error.text) from None

    def _zone(self, one: Json, what: Text) -> ZoneEntry:
        plan, identifier = one.get("plan"), one.get("id")
        if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):
            raise self._did_not_give(what, Text("a zone has no identifier"))
        kind = plan.get("legacy_id") if isinstance(plan, dict) else None
        return ZoneEntry(identifier=identifier, is_enterprise=kind == _LEGACY_ENTERPRISE)

    def _entry(self, one: Json, what: Text) -> Json:
        if not all(isinstance(one.get(key), str) for key in ("id", "name", "type")):
            raise self._did_not_give(what, Text("a record has no identifier, name or type"))
        return one

    def _did_not_give(self, what: Text, fault: Text) -> ObservationError:
        return ObservationError(
            "{service} did not give {what}: {fault}", service=SERVICE, what=what, fault=fault
        )

    def _sdk(self) -> "Cloudflare":
        if self._client is None:
            import httpx
            from cloudflare import Cloudflare

            from omi_core.http_client.httpx_transport import BoundedTransport
            from omi_core.http_client.meter import AnswerLimits

            limits = AnswerLimits(octets=_OCTETS, seconds=self.timeout_s)
            self._client = Cloudflare(
                api_token=self.token.unmask(),
                max_retries=0,
                timeout=self.timeout_s,
                http_client=httpx.Client(transport=BoundedTransport(limits)),
            )
        return self._client


def _name_of(one: Json) -> Fqdn | None:
    name = one.get("name")
    return folded_name(name) if isinstance(name, str) else None
