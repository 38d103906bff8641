"""The lab takes packages from the mirrors that this machine's apt uses."""

from pathlib import Path

import pytest

from lab import mirrors
from lab.failure import LabError

STANZAS = """# the main archive
Types: deb deb-src
URIs: https://mirror.test/debian/
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://security.mirror.test/debian-security
Suites: trixie-security
Components: main

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: trixie
Components: main
"""


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_stanzas_are_read(apt: Path) -> None:
    (apt / "sources.list.d" / "debian.sources").write_text(STANZAS)
    assert mirrors.configured(apt) == mirrors.Mirrors(
        archive="https://mirror.test/debian",
        security="https://security.mirror.test/debian-security",
    )


def test_lines_are_read(apt: Path) -> None:
    (apt / "sources.list").write_text(
        "# deb http://old.test/debian bookworm main\n"
        "deb-src http://mirror.test/source bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main contrib\n"
        "deb http://mirror.test/security bookworm-security main\n"
    )
    assert mirrors.configured(apt) == mirrors.Mirrors(
        archive="http://mirror.test/debian", security="http://mirror.test/security"
    )


def test_other_archives_are_passed_over(apt: Path) -> None:
    (apt / "sources.list.d" / "tool.list").write_text("deb http://tool.test/apt stable tools\n")
    (apt / "sources.list.d" / "z.list").write_text("deb http://mirror.test/debian trixie main\n")
    assert mirrors.configured(apt).archive == "http://mirror.test/debian"


def test_a_missing_security_archive_is_taken_beside_the_main_one(apt: Path) -> None:
    (apt / "sources.list").write_text("deb http://mirror.test/debian trixie main\n")
    assert mirrors.configured(apt).security == "http://mirror.test/debian-security"


def test_no_mirror_is_said_in_a_sentence(apt: Path) -> None:
    (apt / "sources.list").write_text("deb cdrom:[Debian]/ trixie main\n")
    with pytest.raises(LabError, match="no Debian mirror over http or https"):
        mirrors.configured(apt)


def test_paths_of_the_cache_become_addresses_outside() -> None:
    both = mirrors.Mirrors(archive="http://a.test/debian", security="http://s.test/sec")
    assert both.outside("/debian/pool/x.deb") == "http://a.test/debian/pool/x.deb"
    assert both.outside("/debian-security/dists/y") == "http://s.test/sec/dists/y"
