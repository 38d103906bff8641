"""Where the reports of a DMARC policy go: the values of rua= and ruf= (RFC 7489 6.2)."""

from dataclasses import dataclass
from itertools import dropwhile

from omi_core.errors import InputError
from omi_core.names import Fqdn

_SCHEME = "mailto:"
_AROUND = str.maketrans("", "", "<>\"'")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUris:
    """The URIs of one tag in order, with `mailto:` where it was left out.

    `repaired` are those that receivers cannot read as they are written; `rest` is part of no URI.
    """

    uris: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The mail addresses that receivers can read, without a limit of size."""
        mail = (uri for uri in self.uris if uri.lower().startswith(_SCHEME))
        read = (uri[len(_SCHEME) :] for uri in mail if uri not in self.repaired)
        # RFC 7489 6.2: a size limit may follow after an exclamation mark
        return tuple(each.partition("!")[0] for each in read if "@" in each)

    @property
    def undeliverable(self) -> tuple[str, ...]:
        """The URIs to which no report can be sent however they are written."""
        bare = ((uri, uri.partition("!")[0]) for uri in self.uris)
        return tuple(uri for uri, address in bare if not _is_deliverable(address))


def _is_deliverable(uri: str) -> bool:
    """Whether mail can go there; receivers send to mail addresses alone (RFC 9990 3)."""
    local_part, at, domain = uri[len(_SCHEME) :].rpartition("@")
    if not uri.lower().startswith(_SCHEME) or not local_part or not at:
        return False
    try:
        return "." in Fqdn.parse(domain).relative
    except InputError:
        return False


def report_uris(value: str) -> ReportUris:
    """Read a list between commas; a URI holds no space, so that what follows one is none."""
    uris, repaired, rest = [], [], []
    for piece in value.split(","):
        words = written = piece.split()
        while words:
            uri, after = _uri(words)
            uris.append(uri)
            if uri != words[0] or words is not written:
                repaired.append(uri)
            # Another one begins where a comma was left out.
            words = list(dropwhile(lambda word: not _begins(word), after))
            rest += after[: len(after) - len(words)]
    return ReportUris(
        uris=tuple(dict.fromkeys(uris)), repaired=tuple(dict.fromkeys(repaired)), rest=tuple(rest)
    )


def _begins(word: str) -> bool:
    return word.lower().startswith(_SCHEME) and "@" in word


def _uri(words: list[str]) -> tuple[str, list[str]]:
    if words[0].lower() == _SCHEME and len(words) > 1:
        words = [words[0] + words[1], *words[2:]]
    bare = words[0].translate(_AROUND)
    has_scheme = ":" in bare or "@" not in bare
    return (bare if has_scheme else _SCHEME + bare), words[1:]
