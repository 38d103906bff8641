"""Ends what runs on a relay at one command of many, without a word in the deploy for it.

Programs that the activation calls are found in /usr/local/sbin first: there each one counts
itself, and at the chosen count the whole SSH session is killed, shells and all.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from lab import hosts
from lab.site import Site
from tests.lab.relay_run import shell

SHELL = "base64 cat chmod chown cp cut flock grep ln mkdir mv rm sha256sum sleep sync tar timeout"
CHECKERS = "doveconf openssl perl postconf postfix postmap rspamadm systemctl"
PROGRAMS = f"{SHELL} {CHECKERS}"

# $n is the number of this call. What is chosen is killed with everything else in its session, or
# waits so long that its other end can be killed meanwhile.
COUNTER = """#!/bin/bash
real=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "${0##*/}")
exec 8>> /run/interrupt/calls
/usr/bin/flock 8
read -r n < /run/interrupt/count
echo $((++n)) > /run/interrupt/count
echo "${0##*/} $*" >&8
exec 8>&-
if [ $n -eq "$(< /run/interrupt/at)" ]; then
    : > /run/interrupt/reached
    if test -e /run/interrupt/wait; then
        /usr/bin/sleep 2
    else
        session=$(/usr/bin/ps -o sid= -p $$)
        exec /usr/bin/pkill -KILL -s "$session"
    fi
fi
exec "$real" "$@"
"""


@contextmanager
def counting(place: Site, relay: str, at: int = 0, *, wait: bool = False) -> Iterator[None]:
    """Count the calls of programs by SSH sessions, and end the session at one of them.

    With `wait` that call only takes two seconds longer.
    """
    links = " ".join(f"/usr/local/sbin/{name}" for name in PROGRAMS.split())
    shell(
        place,
        relay,
        f"""rm -rf /run/interrupt; mkdir -p /run/interrupt
{": > /run/interrupt/wait" if wait else ":"}
echo 0 > /run/interrupt/count; echo {at} > /run/interrupt/at; : > /run/interrupt/calls
cat > /run/interrupt/counter <<'END'
{COUNTER}END
chmod 755 /run/interrupt/counter
for link in {links}; do ln -sf /run/interrupt/counter $link; done""",
    )
    try:
        yield
    finally:
        shell(place, relay, f"rm -f {links}")


def is_reached(place: Site, relay: str) -> bool:
    """Whether the chosen call has begun."""
    return hosts.run(place, relay, ["test", "-e", "/run/interrupt/reached"]).returncode == 0


def calls(place: Site, relay: str) -> list[str]:
    """The calls that were counted, in their order."""
    return shell(place, relay, "cat /run/interrupt/calls").splitlines()
