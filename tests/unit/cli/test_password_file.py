"""`--password-file`: whatever wrote the file, the password in it is the one that was meant."""

import codecs
import os
from pathlib import Path

import pytest

from omi_core.cli.smtp.password_file import read_password
from omi_core.errors import InputError

PASSWORD = "Tr0mbone&Å 100%"


def written(directory: Path, octets: bytes, mode: int = 0o600) -> Path:
    file = directory / "password"
    file.write_bytes(octets)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nanother line\n"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
    ],
)
def test_a_byte_order_mark_an_encoding_and_a_missing_line_end_change_nothing(
    encoding: str, mark: bytes, ending: str, tmp_path: Path
) -> None:
    file = written(tmp_path, mark + (PASSWORD + ending).encode(encoding))

    assert read_password(file).unmask() == PASSWORD


@pytest.mark.parametrize(
    "octets",
    ["密碼電池".encode("big5"), PASSWORD.encode("utf-16-le"), "Å".encode("latin-1"), b"\0\1\2"],
)
def test_what_is_not_utf_8_is_refused_and_not_shown(octets: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="store the password as UTF-8") as error:
        read_password(written(tmp_path, octets))
    assert "Tr0" not in str(error.value)


@pytest.mark.parametrize("octets", [b"", b"\n", b"\nsecond line\n", codecs.BOM_UTF8])
def test_an_empty_first_line_is_said(octets: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the first line of .* is empty"):
        read_password(written(tmp_path, octets))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o610, 0o601])
def test_a_file_that_others_may_use_is_refused_with_how_to_mend_it(
    mode: int, tmp_path: Path
) -> None:
    file = written(tmp_path, PASSWORD.encode(), mode)

    with pytest.raises(InputError) as error:
        read_password(file)

    assert str(error.value) == (
        f"{file} may be read by others than its owner; run: chmod 600 {file}"
    )


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_of_its_owner_alone_is_read(mode: int, tmp_path: Path) -> None:
    assert read_password(written(tmp_path, PASSWORD.encode(), mode)).unmask() == PASSWORD


def test_a_pipe_of_the_shell_is_read_as_far_as_its_first_line() -> None:
    """As `<(...)` makes it."""
    reading, writing = os.pipe()
    os.write(writing, f"{PASSWORD}\n".encode())

    assert read_password(Path(f"/dev/fd/{reading}")).unmask() == PASSWORD
    os.close(reading)
    os.close(writing)


def test_a_file_without_end_is_read_no_further_than_a_password_can_be(tmp_path: Path) -> None:
    file = written(tmp_path, b"secret123\n" + "電".encode() * 1_000_000)

    assert read_password(file).unmask() == "secret123"
