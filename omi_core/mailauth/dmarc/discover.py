"""Which DMARC policy applies to a domain, by both rules that receivers follow today.

RFC 7489 takes the organisational domain from the public suffix list, RFC 9989, its successor,
from a walk up the tree. Both are followed, since receivers change over at different times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from omi_core.errors import InputError, text_of
from omi_core.mailauth.dmarc.record import Policy, is_dmarc
from omi_core.mailauth.dmarc.uris import report_uris
from omi_core.mailauth.questions import Answer, Asking, Question
from omi_core.mailauth.taglist import Tags, readable_tags, refuse_twice
from omi_core.names import LONGEST_NAME
from omi_core.text import NOTHING, Text

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# RFC 7489 6.2: receivers need to send to two addresses only. No real record has reports sent to
# as many other domains, and one with thousands must not make us ask each of them.
MOST_REPORT_DOMAINS = 20
_NOT_A_TAG = Text("there is no p=, and {written!r} is not a tag; write name=value")
_MOST_LABELS = 8  # RFC 9989 4.10: a longer name goes on with its last seven
_KNOWN = {"v", "p", "sp", "np", "adkim", "aspf", "rua", "ruf", "fo", "psd", "t", "pct", "rf", "ri"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReading:
    """One DMARC record as receivers read it; `problem` is empty where they can.

    `reports` are the addresses of rua= and ruf=, `unaddressed` those that cannot be read, as
    without `mailto:`, so that nothing is sent; `undeliverable` are none at all. `strict_dkim` and
    `strict_spf` are adkim=s and aspf=s. `psd` is y, n or u (RFC 9989 4.7). `ignored` is what
    receivers pass over (RFC 7489 6.3).
    """

    policy: Policy = Policy.NONE
    subdomains: Policy = Policy.NONE
    strict_dkim: bool = False
    strict_spf: bool = False
    reports: tuple[str, ...] = ()
    unaddressed: tuple[str, ...] = ()
    undeliverable: tuple[str, ...] = ()
    psd: str = "u"
    ignored: tuple[str, ...] = ()
    problem: Text = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The policy that applies to `domain`, and where it stands; `at` is empty where none does.

    `organisational` is the domain within which names are aligned (RFC 9989), `by_suffix_list`
    the same by RFC 7489. `count` is how many records stand at `at`.
    """

    domain: str
    at: str = ""
    texts: tuple[str, ...] = ()
    reading: PolicyReading = PolicyReading(problem=Text("no policy"))
    organisational: str = ""
    by_suffix_list: str = ""
    failed: Text = NOTHING

    @property
    def applied(self) -> Policy:
        """The policy for mail of the domain itself: sp= where it is inherited."""
        own = self.at == self.domain
        return self.reading.policy if own else self.reading.subdomains


@cache
def suffixes() -> "PublicSuffixList":
    """Return the public suffix list, as the package brings it: never from the network.

    Rules in other scripts stand as A-labels too. Those are made here, because the package tries
    to make them of each rule, which takes three quarters of the time.
    """
    from publicsuffixlist import PSLFILE, PublicSuffixList, encode_idn

    lines = Path(PSLFILE).read_text("utf-8").splitlines()
    rules = (line.partition(" ")[0].strip() for line in lines)
    written = [rule for rule in rules if rule and not rule.startswith("//")]
    foreign = [encode_idn(rule) for rule in written if not rule.isascii()]
    return PublicSuffixList([*written, *foreign], accept_encoded_idn=False)


@lru_cache(maxsize=1024)
def is_public_suffix(domain: str) -> bool:
    """Whether names below it belong to different people, as for `com.tw`."""
    return (bool(suffixes().is_public(domain.lower())) and "." in domain) or "." not in domain


@lru_cache(maxsize=1024)
def organisational_domain(domain: str) -> str:
    """Return the domain below the public suffix (RFC 7489 3.2); the name itself if it is one."""
    return suffixes().privatesuffix(domain.lower()) or domain.lower()


@lru_cache(maxsize=1024)
def read_policy(text: str) -> PolicyReading:
    """Read one record; unknown tags are ignored (RFC 9989 4.7)."""
    tags, unread = readable_tags(text)
    if not tags or (tags[0][0].lower(), tags[0][1]) != ("v", "DMARC1") or not _speaks(text):
        return PolicyReading(problem=Text("it must begin with v=DMARC1;"))
    try:
        refuse_twice(tuple((name.lower(), value) for name, value in tags))
    except InputError as error:
        return PolicyReading(problem=text_of(error))
    return _of({name.lower(): value for name, value in tags}, tags, unread)


def _speaks(text: str) -> bool:
    return is_dmarc(text.lstrip(" \t").encode(errors="replace"))


def _of(values: dict[str, str], tags: Tags, unread: tuple[str, ...]) -> PolicyReading:
    uris = [report_uris(values.get(tag, "")) for tag in ("rua", "ruf")]
    reports = tuple(address for each in uris for address in each.addresses)
    written = values.get("p", "").lower()
    if written not in set(Policy):
        # RFC 7489 6.6.3, RFC 9989 4.7: without a good p= it is p=none if it asks for reports
        if not reports:
            return PolicyReading(problem=_missing_policy(values, tags, unread))
        written = Policy.NONE.value
    inherited = values.get("sp", written).lower()
    nowhere = tuple(uri for each in uris for uri in each.undeliverable)
    dead = {uri.partition(":")[2].partition("!")[0] for uri in nowhere}
    wrong = (f"{tag}={values[tag]}" for tag in ("p", "sp", "np") if _is_no_policy(values, tag))
    return PolicyReading(
        policy=Policy(written),
        subdomains=Policy(inherited) if inherited in set(Policy) else Policy(written),
        strict_dkim=values.get("adkim", "r").lower() == "s",
        strict_spf=values.get("aspf", "r").lower() == "s",
        reports=tuple(address for address in reports if address not in dead),
        unaddressed=tuple(u for each in uris for u in each.repaired if u not in nowhere),
        undeliverable=nowhere,
        psd=values.get("psd", "u").lower(),
        ignored=(*wrong, *(word for each in uris for word in each.rest), *unread),
    )


def _is_no_policy(values: dict[str, str], tag: str) -> bool:
    return tag in values and values[tag].lower() not in set(Policy)


def _missing_policy(values: dict[str, str], tags: Tags, unread: tuple[str, ...]) -> Text:
    if "p" in values:
        written = values["p"][:20]
        return Text("p={written} must be none, quarantine or reject").format(written=written)
    if unread:
        return _NOT_A_TAG.format(written=unread[0][:40])
    unknown = [name for name, _ in tags if name.lower() not in _KNOWN]
    if unknown:
        return Text("there is no p=, but {tag}=").format(tag=unknown[0])
    return Text("there is no p=")


def discover(domain: str) -> Asking[Discovery]:
    """Find the policy for mail from `domain` (RFC 7489 6.6.3; RFC 9989 4.10)."""
    walked: dict[str, tuple[str, ...]] = {}
    by_list = organisational_domain(domain)
    for name in _path(domain):
        answer = yield Question(f"_dmarc.{name}", "TXT")
        if answer.failed:
            return Discovery(domain=domain, by_suffix_list=by_list, failed=answer.failed)
        walked[name] = dmarc_records(answer)
        if name == domain and len(walked[name]) == 1 and read_policy(walked[name][0]).psd == "n":
            break
        if _ends_walk(walked[name], name, domain):
            break
    organisational = _organisational(domain, walked)
    for name in dict.fromkeys((domain, organisational, by_list, *_of_suffixes(walked))):
        if texts := walked.get(name):
            reading = (
                read_policy(texts[0]) if len(texts) == 1 else PolicyReading(problem=Text("several"))
            )
            return Discovery(
                domain=domain,
                at=name,
                texts=texts,
                reading=reading,
                organisational=organisational,
                by_suffix_list=by_list,
            )
    return Discovery(domain=domain, organisational=organisational, by_suffix_list=by_list)


def _of_suffixes(walked: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the public suffix whose policy applies where no other does (RFC 9989 4.10.1)."""
    for name, texts in walked.items():
        if len(texts) == 1 and read_policy(texts[0]).psd == "y":
            yield name


def _path(domain: str) -> tuple[str, ...]:
    """Return the names at which a walk looks, from the domain up to the top (RFC 9989 4.10)."""
    labels = domain.split(".")
    above = labels[1:] if len(labels) <= _MOST_LABELS else labels[-(_MOST_LABELS - 1) :]
    return (domain, *(".".join(above[depth:]) for depth in range(len(above))))


def _ends_walk(texts: tuple[str, ...], name: str, domain: str) -> bool:
    psd = read_policy(texts[0]).psd if len(texts) == 1 else "u"
    return psd == "n" or (psd == "y" and name != domain)


def _organisational(domain: str, walked: dict[str, tuple[str, ...]]) -> str:
    """Return the organisational domain of what a walk saw (RFC 9989 4.10.2)."""
    records = [(name, read_policy(texts[0])) for name, texts in walked.items() if len(texts) == 1]
    for name, reading in records:
        if reading.psd == "n":
            return name
        if reading.psd == "y" and name != domain:
            return ".".join(domain.split(".")[-(name.count(".") + 2) :])
    return records[-1][0] if records else domain


def dmarc_records(answer: Answer) -> tuple[str, ...]:
    """Return the DMARC records among TXT records; others are ignored (RFC 7489 6.6.3)."""
    return tuple(text for text in answer.values if is_dmarc(text.encode()))


def unwelcome_reports(discovery: Discovery) -> Asking[tuple[str, ...]]:
    """Return the report addresses outside whose domain does not welcome them (RFC 9990 4)."""
    refused: list[str] = []
    for domain, addresses in list(report_domains(discovery).items())[:MOST_REPORT_DOMAINS]:
        answer = yield Question(f"{discovery.at}._report._dmarc.{domain}", "TXT")
        if not answer.failed and not dmarc_records(answer):
            refused += addresses
    return tuple(refused)


def report_domains(discovery: Discovery) -> dict[str, list[str]]:
    """Return the domains outside to which reports go, each with its addresses (RFC 9990 4)."""
    own = organisational_domain(discovery.domain)
    found: dict[str, list[str]] = {}
    for address in dict.fromkeys(discovery.reading.reports):
        domain = address.rpartition("@")[2].lower().removesuffix(".")
        if domain in found or len(domain) > LONGEST_NAME or organisational_domain(domain) != own:
            found.setdefault(domain, []).append(address)
    return found
