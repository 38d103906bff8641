"""Keys on their way to and from a relay: archives as `dkim/scripts.py` prints and takes them.

In memory only, both ways.
"""

import base64
import binascii
import tarfile
from collections.abc import Collection, Iterable, Iterator
from io import BytesIO

from omi_core.backup.contents import KeptKey
from omi_core.backup.document import LONGEST_SECRET
from omi_core.backup.pem import public_of
from omi_core.errors import ObservationError
from omi_core.secret import Secret


def unpacked(archive: Secret, stems: Collection[str]) -> Iterator[tuple[str, Secret]]:
    """Yield the private keys in what READ printed, of those that were asked for.

    Raises ObservationError for what is no such archive.
    """
    try:
        octets = base64.b64decode(archive.unmask())
        with tarfile.open(fileobj=BytesIO(octets), mode="r:") as members:
            for member in members:
                stem = member.name.removesuffix(".key")
                stream = members.extractfile(member) if member.isfile() else None
                if stream and stem in stems and member.size <= LONGEST_SECRET:
                    yield stem, Secret(stream.read().decode("ascii"))
    except (binascii.Error, tarfile.TarError, UnicodeDecodeError):
        raise ObservationError("a relay handed over what is no archive of keys") from None


def packed(keys: Iterable[KeptKey]) -> Secret:
    """Return what RECEIVE reads: each key, and the public line that belongs to it."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for each in keys:
            _add(archive, f"{each.stem}.key", each.private.unmask().encode())
            public = base64.b64encode(public_of(each.private) or b"").decode()
            _add(archive, f"{each.stem}.pub", f"{each.stem} {each.digest} {public}\n".encode())
    return Secret(base64.b64encode(buffer.getvalue()).decode())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, BytesIO(content))
