import base64
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.dns.client.tsig import TsigKey
from omi_core.errors import InputError
from omi_core.names import Fqdn

SECRET = base64.b64encode(b"//marker-of-the-secret//").decode()
STATEMENT = f'key "omi-deploy" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'


@pytest.mark.parametrize(
    "text",
    [
        STATEMENT,
        f"key omi-deploy {{\n\tsecret {SECRET};\n\talgorithm HMAC-SHA256.;\n}};",
        f"# written by tsig-keygen\n/* not\nhere */ // nor here\n{STATEMENT}",
    ],
)
def test_the_file_of_nsupdate_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tsig.key"
    path.write_text(text)
    path.chmod(0o600)
    key = TsigKey.read(path)
    assert (key.name, key.algorithm) == (Fqdn.parse("omi-deploy"), "hmac-sha256")
    assert key.secret.unmask() == SECRET
    assert SECRET not in repr(key)


def test_a_secret_with_two_slashes_is_no_comment() -> None:
    text = 'key k { algorithm hmac-sha512; secret "////////"; };'
    assert TsigKey.parse(text).secret.unmask() == "////////"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "tsig.key"
    path.write_text(STATEMENT)
    path.chmod(mode)
    with pytest.raises(InputError, match=r"others than its owner; run: chmod 600 .*tsig\.key"):
        TsigKey.read(path)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "one key statement, and holds 0"),
        (STATEMENT.encode() * 2, "one key statement, and holds 2"),
        (STATEMENT.replace("sha256", "md5").encode(), "its algorithm must be one of hmac-sha256"),
        (STATEMENT.replace("algorithm", "algo").encode(), "its algorithm must be one of"),
        (STATEMENT.replace(SECRET, SECRET[:-1]).encode(), "its secret is missing or is not base64"),
        (STATEMENT.replace("secret ", "").encode(), "its secret is missing"),
        (STATEMENT.replace("omi-deploy", "-x").encode(), "'-x' is not a domain name"),
        (b"\xff\xfe", "it is not a text"),
    ],
)
def test_a_file_that_is_no_key_is_refused_without_showing_it(
    content: bytes, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "tsig.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputError) as caught:
        TsigKey.read(path)
    assert fault in str(caught.value)
    assert SECRET[:12] not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.key cannot be read: No such file"):
        TsigKey.read(tmp_path / "none.key")


@given(st.text().map(lambda junk: f"key k {{ {junk} }};") | st.text())
def test_junk_gives_a_key_or_the_documented_error(text: str) -> None:
    with contextlib.suppress(InputError):
        assert TsigKey.parse(text).algorithm
