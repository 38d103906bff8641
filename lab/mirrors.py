"""Reads which Debian mirrors this machine's own apt uses (sources.list(5)).

The lab takes packages only from there, and derives other releases by their name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.failure import LabError

_RELEASE = re.compile(r"[a-z]+(?P<pocket>-security)?")


@dataclass(frozen=True, slots=True)
class Source:
    """One address with one suite, as apt would fetch it."""

    address: str
    suite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrors:
    """The addresses of the main archive and of the security archive."""

    archive: str
    security: str

    def outside(self, path: str) -> str:
        """Return the mirror's address for a path of the lab's package cache."""
        folder, _, rest = path.lstrip("/").partition("/")
        roots = {"debian": self.archive, "debian-security": self.security}
        return f"{roots[folder]}/{rest}"


def configured(apt: Path = Path("/etc/apt")) -> Mirrors:
    """Return the mirrors of this machine; raises LabError if it has none over HTTP."""
    sources = [source for file in _files(apt) for source in parse(file)]
    archive = _first(sources, security=False)
    if archive is None:
        raise LabError(f"no Debian mirror over http or https stands in {apt}; add one for apt")
    security = _first(sources, security=True) or f"{archive}-security"
    return Mirrors(archive=archive, security=security)


def parse(file: Path) -> list[Source]:
    """Read one file of apt's sources, in either format."""
    text = file.read_text()
    return list(_stanzas(text) if file.suffix == ".sources" else _lines(text))


def _files(apt: Path) -> list[Path]:
    parts = sorted((apt / "sources.list.d").glob("*"))
    files = [
        apt / "sources.list",
        *(part for part in parts if part.suffix in {".list", ".sources"}),
    ]
    return [file for file in files if file.is_file()]


def _lines(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        words = re.sub(r"\[.*?\]", " ", line.partition("#")[0]).split()
        if words[:1] == ["deb"] and "main" in words[3:]:
            yield Source(words[1].rstrip("/"), words[2].rstrip("/"))


def _stanzas(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        if "main" in fields.get("components", []):
            for address in fields.get("uris", []):
                yield from (Source(address.rstrip("/"), suite) for suite in fields["suites"])


def _fields(stanza: str) -> dict[str, list[str]]:
    kept = [line for line in stanza.splitlines() if not line.startswith("#")]
    unfolded = re.sub(r"\n[ \t]+", " ", "\n".join(kept))
    pairs = (line.partition(":") for line in unfolded.splitlines() if ":" in line)
    return {name.strip().lower(): value.split() for name, _, value in pairs}


def _first(sources: list[Source], *, security: bool) -> str | None:
    for source in sources:
        release = _RELEASE.fullmatch(source.suite)
        fetchable = source.address.startswith(("http://", "https://"))
        if release and fetchable and bool(release["pocket"]) is security:
            return source.address
    return None
