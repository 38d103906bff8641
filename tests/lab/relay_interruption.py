"""Ends what runs on a relay at one command of many, without a word in the deploy for it.

Programs that the activation calls are found in /usr/local/sbin first: there each one notes
itself, and at the chosen call the whole SSH session is killed, shells and all.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from lab import hosts
from lab.site import Site
from tests.lab.relay_run import shell

# None of those that wait or ask in a loop: the count must be the same in each run.
SHELL = "base64 cat chmod chown cp cut flock grep install ln mkdir mv rm sha256sum sync tar timeout"
CHECKERS = "doveconf postconf postfix postmap rspamadm systemctl touch"
PROGRAMS = f"{SHELL} {CHECKERS}"

# What is chosen is killed with everything else in its session, or waits so long that its other end
# can be killed meanwhile. Names of stages are different in each run.
COUNTER = """#!/bin/bash
real=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "${0##*/}")
text="${0##*/} $*"
text=${text//stage.????????????????/STAGE}
cd_=$PWD
cd /run/interrupt
if test -s calls || [[ $text = *"$(< after)"* ]]; then
    echo "$text" >> calls
    if [[ $text = "$(< chosen)" ]] && ! test -e reached; then
        : > reached
        if test -e wait; then
            /usr/bin/sleep 2
        else
            session=$(/usr/bin/ps -o sid= -p $$)
            exec /usr/bin/pkill -KILL -s "$session"
        fi
    fi
fi
cd "$cd_"
exec "$real" "$@"
"""


@contextmanager
def noting(
    place: Site, relay: str, component: str, chosen: str = "", *, wait: bool = False
) -> Iterator[None]:
    """Note the calls that a component's change makes, and end the session at the chosen one.

    With `wait` that call only takes two seconds longer.
    """
    links = " ".join(f"/usr/local/sbin/{name}" for name in PROGRAMS.split())
    shell(
        place,
        relay,
        f"""rm -rf /run/interrupt; mkdir -p /run/interrupt; cd /run/interrupt
{": > wait" if wait else ":"}
echo /components/{component} > after
echo {shlex.quote(chosen)} > chosen
: > calls
cat > counter <<'END'
{COUNTER}END
chmod 755 counter
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
    """The calls of the component's change, each once, from the first to the last of its stage.

    What only looks at the relay comes before. A health question is one step, whatever it calls.
    """
    lines = shell(place, relay, "cat /run/interrupt/calls").splitlines()
    named = [line for line in lines if line.partition(" ")[0] in PROGRAMS.split()]
    outside = [line for line in named if not line.startswith(("timeout 5 ", "timeout 10 bash"))]
    every = list(dict.fromkeys(outside))
    first = next(i for i, call in enumerate(every) if call.startswith("mkdir -p /var/lib/omi"))
    return every[first : every.index("rm -rf STAGE placing") + 1]
