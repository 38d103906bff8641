"""Debian packages, installed without letting a daemon start before it is configured."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.errors import InputError
from omi_core.infra.memory import RunMemory
from omi_core.infra.refusal import refusing

RELEASES = ("12", "13")
TIME_DAEMON = "systemd-timesyncd"

GUARD = "/usr/sbin/policy-rc.d"
MARK = "omi: no daemon starts before it is configured"

_releases: RunMemory[str] = RunMemory()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageState:
    """Debian's major version, the packages that are whole, and what an interrupted run left."""

    release: str
    installed: frozenset[str]
    has_time_daemon: bool
    guarded: bool


class Packages(FactBase[PackageState]):
    """Which of the named packages are installed, and on which release."""

    def command(self, packages: tuple[str, ...]) -> StringCommand:
        """One command for the release, the packages, a time daemon and our start guard."""
        names = " ".join(str(StringCommand(QuoteString(name))) for name in packages)
        return StringCommand(
            '. /etc/os-release && echo "release $ID $VERSION_ID";'
            f" dpkg-query -W -f '${{db:Status-Status}} ${{Package}}\\n' {names} 2>/dev/null;"
            " dpkg-query -W -f '${db:Status-Status} time-daemon ${Provides}\\n' 2>/dev/null"
            " | grep -m 1 '^installed time-daemon.* time-daemon';"
            f" ! grep -qsF {MARK!r} {GUARD} || echo guarded"
        )

    @staticmethod
    def default() -> PackageState:
        """Nothing is known."""
        return PackageState(release="", installed=frozenset(), has_time_daemon=False, guarded=False)

    def process(self, output: list[str]) -> PackageState:
        """Parse the lines of `command`."""
        rows = [line.split() for line in output]
        debian = (row[2] for row in rows if row[:2] == ["release", "debian"])
        return PackageState(
            release=next(debian, "").partition(".")[0],
            installed=frozenset(row[1] for row in rows if row[0] == "installed"),
            has_time_daemon=any(row[:2] == ["installed", "time-daemon"] for row in rows),
            guarded=["guarded"] in rows,
        )


def release() -> str:
    """Return Debian's major version on this host, asked once a run: it cannot change under us."""
    if host.name not in _releases.now():
        _remember(host.get_fact(Packages, packages=("dpkg",)))
    return _releases.now()[host.name]


@operation()
@refusing
def packages(wanted: Iterable[str], preseed: Iterable[str] = ()) -> Generator[StringCommand]:
    """Install what is missing of `wanted`, and one time daemon where there is none.

    `preseed` holds answers for debconf, as debconf-set-selections(1) reads them.
    """
    names = tuple(sorted(set(wanted)))
    seen: PackageState = host.get_fact(Packages, packages=names)
    _remember(seen)
    missing = [name for name in names if name not in seen.installed]
    if not seen.has_time_daemon:
        missing.append(TIME_DAEMON)
    if not missing and not seen.guarded:
        host.noop("all packages are installed")
        return
    yield StringCommand("sh", "-c", QuoteString(install_script(missing, preseed)))


def install_script(missing: Iterable[str], preseed: Iterable[str] = ()) -> str:
    """Return the shell that installs `missing` while nothing may start, and repairs dpkg first.

    The guard is policy-rc.d, which invoke-rc.d(8) asks; one that an administrator made stays.
    The package lists are fetched when they are older than an hour.
    """
    names = " ".join(str(StringCommand(QuoteString(name))) for name in missing)
    answers = "\n".join(preseed)
    return f"""set -eu
export DEBIAN_FRONTEND=noninteractive
if ! test -e {GUARD} || grep -qsF '{MARK}' {GUARD}; then
    trap 'rm -f {GUARD}' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\\n# {MARK}\\nexit 101\\n' > {GUARD}
    chmod 755 {GUARD}
fi
debconf-set-selections <<'ANSWERS'
{answers}
ANSWERS
dpkg --force-confold --configure -a
if test -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -60 | head -n 1)"; then
    apt-get -qq -o DPkg::Lock::Timeout=300 update
fi
apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold \\
    install -y --no-install-recommends {names} < /dev/null"""


def _remember(seen: PackageState) -> None:
    if seen.release not in RELEASES:
        raise InputError(
            f"{host.name} runs no Debian {' or '.join(RELEASES)}"
            f" but {seen.release or 'another system'}; install one of them first"
        )
    _releases.now()[host.name] = seen.release
