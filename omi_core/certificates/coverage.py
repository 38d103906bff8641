"""Why a certificate does not stand for a name, in one clause (RFC 9525 6)."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID

from omi_core.certificates.chain import Chain, covers
from omi_core.errors import InputError
from omi_core.names import Fqdn
from omi_core.text import Text

_NO_NAMES = Text("it has no subjectAltName, and clients look nowhere else (RFC 9525 6.4)")
_COMMON_NAME_ONLY = Text(
    "only its common name {found} would fit, and clients look at subjectAltName alone"
    " (RFC 9525 6.4)"
)
_ONE_LABEL = Text("{found} stands for exactly one label before {rest} (RFC 9525 6.3)")
_NOT_APEX = Text("{found} stands for names below {rest} and not for it itself (RFC 9525 6.3)")
_PART_OF_LABEL = Text(
    "in {found} the wildcard is not a whole leftmost label, so it counts for nothing (RFC 9525 6.3)"
)
_UNICODE = Text("{found} is written in Unicode; a certificate must say {name} (RFC 9525 2.2)")
_NOT_AMONG = Text("it is not among them")


def is_covered(chain: Chain, name: Fqdn) -> bool:
    """Whether clients accept the certificate for `name`."""
    return any(covers(one, name) for one in chain.names)


def why_not_covered(chain: Chain, name: Fqdn) -> Text:
    """Return the clause after "because"; the nearest miss is the one that is named."""
    misses = (reason for one in chain.names if (reason := _near_miss(one, name)))
    if reason := next(misses, None):
        return reason
    fitting = next((one for one in common_names(chain) if covers(one, name)), None)
    if fitting is not None:
        return _COMMON_NAME_ONLY.format(found=fitting)
    return _NOT_AMONG if chain.names else _NO_NAMES


def common_names(chain: Chain) -> tuple[str, ...]:
    """Return the common names of the leaf; Let's Encrypt's newest certificates have none."""
    found = chain.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return tuple(str(one.value) for one in found)


def listed(chain: Chain) -> Text:
    """Return what the certificate covers, as a list; and what it has instead of names."""
    names = tuple(filter(None, (*chain.names, *_addresses(chain))))
    if names:
        return Text.plain(", ".join(names))
    subject = chain.leaf.subject.rfc4514_string()
    if subject:
        return Text("no name (subject {s})").format(s=subject)
    return Text("no name")


def _addresses(chain: Chain) -> Iterator[str]:
    try:
        extension = chain.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return
    yield from map(str, extension.value.get_values_for_type(x509.IPAddress))


def _near_miss(pattern: str, name: Fqdn) -> Text | None:
    first, _, rest = pattern.lower().rstrip(".").partition(".")
    if not pattern.isascii() and _parsed(pattern) == name:
        return _UNICODE.format(found=pattern, name=name.relative)
    if first == "*":
        if rest == name.relative:
            return _NOT_APEX.format(found=pattern, rest=rest)
        if name.relative.endswith(f".{rest}"):
            return _ONE_LABEL.format(found=pattern, rest=rest)
    elif "*" in first and rest == name.parent.relative:
        return _PART_OF_LABEL.format(found=pattern)
    return None


def _parsed(written: str) -> Fqdn | None:
    try:
        return Fqdn.parse(written)
    except InputError:
        return None
