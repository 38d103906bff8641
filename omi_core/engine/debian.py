"""Debian packages, installed without letting a daemon start before it is configured."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

from omi_core.engine import console, events
from omi_core.engine.memory import RunMemory
from omi_core.engine.prefetch import FactQuery, look
from omi_core.engine.refusal import refusing
from omi_core.errors import InputError

RELEASES = ("12", "13")
# What a package is called that a release does not have by its name.
OTHER_NAMES = {("12", "valkey-server"): "redis-server"}
TIME_DAEMON = "systemd-timesyncd"

GUARD = "/usr/sbin/policy-rc.d"
LOCK = "/run/omi-packages.lock"
# What apt's own timer and pyinfra touch; the lists themselves bear the archive's dates.
FETCHED = "/var/lib/apt/periodic/update-success-stamp"
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
        """Parse the lines of `command`; what a login shell says beside them is passed over."""
        release = ""
        installed: set[str] = set()
        has_time_daemon = False
        for line in output:
            match line.split():
                case ["release", "debian", version]:
                    release = version.partition(".")[0]
                case ["installed", "time-daemon", *_]:
                    has_time_daemon = True
                case ["installed", package]:
                    installed.add(package)
        return PackageState(
            release=release,
            installed=frozenset(installed),
            has_time_daemon=has_time_daemon,
            guarded="guarded" in output,
        )


def release() -> str:
    """Return Debian's major version on this host, asked once a run: it cannot change under us."""
    if host.name not in _releases.now():
        _remember(look(host, Packages, packages=("dpkg",)))
    return _releases.now()[host.name]


def fact_query(wanted: Iterable[str]) -> FactQuery:
    """Return what a prefetch asks for these packages."""
    return FactQuery(fact=Packages, arguments={"packages": _asked_for(wanted)})


def _asked_for(wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the packages by every name that they have on any release."""
    names = set(wanted)
    others = {other for (_, name), other in OTHER_NAMES.items() if name in names}
    return tuple(sorted(names | others))


RELEASE_QUERY = fact_query(("dpkg",))


@operation()
@refusing
def packages(wanted: Iterable[str], preseed: Iterable[str] = ()) -> Generator[StringCommand]:
    """Install what is missing of `wanted`, as the release calls it, and a time daemon if none is.

    `preseed` holds answers for debconf, as debconf-set-selections(1) reads them.
    """
    anywhere = frozenset(wanted)
    seen = look(host, Packages, packages=_asked_for(anywhere))
    _remember(seen)
    names = sorted({OTHER_NAMES.get((seen.release, name), name) for name in anywhere})
    missing = [name for name in names if name not in seen.installed]
    if not seen.has_time_daemon:
        missing.append(TIME_DAEMON)
    if not missing and not seen.guarded:
        console.noop(host, "all packages are installed")
        return
    events.packages_missing(host, missing)
    yield StringCommand("sh", "-c", QuoteString(install_script(missing, preseed)))


def install_script(missing: Iterable[str], preseed: Iterable[str] = ()) -> str:
    """Return the shell that installs `missing` while nothing may start, and repairs dpkg first.

    The guard is policy-rc.d, which invoke-rc.d(8) asks; one that an administrator made stays.
    The package lists are fetched when the last time was more than an hour ago. Two runs, and
    those of the system itself, wait for each other.
    """
    answers = "\n".join(preseed)
    return f"""set -eu
export DEBIAN_FRONTEND=noninteractive
exec 9> {LOCK}
flock -w 1800 9
if ! test -e {GUARD} || grep -qsF '{MARK}' {GUARD}; then
    trap 'rm -f {GUARD}' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\\n# {MARK}\\nexit 101\\n' > {GUARD}.new
    chmod 755 {GUARD}.new
    mv {GUARD}.new {GUARD}
fi
apt() {{
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@" < /dev/null 9>&-
}}
# dpkg would not wait for another's lock, apt does.
apt check || dpkg --force-confold --configure -a < /dev/null 9>&-
debconf-set-selections <<'ANSWERS'
{answers}
ANSWERS
{_install(tuple(missing))}"""


def _install(missing: tuple[str, ...]) -> str:
    if not missing:
        return ""
    names = " ".join(str(StringCommand(QuoteString(name))) for name in missing)
    return f"""if test -z "$(find {FETCHED} -mmin -60 2>/dev/null)"; then
    apt update
    touch {FETCHED}
fi
apt install -y --fix-broken --no-install-recommends {names}"""


def _remember(seen: PackageState) -> None:
    if seen.release not in RELEASES:
        raise InputError(
            "{host} runs no Debian {releases} but {release}; install one of them first",
            host=host.name,
            releases=" or ".join(RELEASES),
            release=seen.release or "another system",
        )
    _releases.now()[host.name] = seen.release
