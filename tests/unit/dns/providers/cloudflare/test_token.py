from pathlib import Path

import pytest

from omi_core.dns.providers.cloudflare.token import VARIABLE, read_token
from omi_core.errors import InputError

TOKEN = "v1Abc-def_0123456789-0123456789"


def test_white_space_around_a_token_is_stripped(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"  {TOKEN}\n")
    file.chmod(0o600)
    assert read_token(file).unmask() == TOKEN
    assert read_token(None, {VARIABLE: f"{TOKEN}\n"}).unmask() == TOKEN


@pytest.mark.parametrize(
    ("written", "mode", "sentence"),
    [
        (b"", 0o600, "there is no Cloudflare token in"),
        (f"{TOKEN}\n{TOKEN}".encode(), 0o600, "is not a Cloudflare token: one line"),
        (f"Bearer {TOKEN}".encode(), 0o600, "is not a Cloudflare token"),
        (b"short", 0o600, "at least 20 letters"),
        (TOKEN.encode() + "ü".encode(), 0o600, "it is not ASCII"),
        (TOKEN.encode(), 0o640, "run: chmod 600"),
    ],
)
def test_what_is_no_token_is_refused_and_not_shown(
    tmp_path: Path, written: bytes, mode: int, sentence: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes(written)
    file.chmod(mode)
    with pytest.raises(InputError, match=sentence) as caught:
        read_token(file)
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_token_names_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"the environment variable {VARIABLE}"):
        read_token(None, {})
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_token(tmp_path / "none")
