"""The command line of the lab: `python3 -m lab VERB`."""

import os
import sys
from collections.abc import Callable, Sequence

from lab import delay, delegation, hosts, keys, lifecycle, network, plan, preflight, site
from lab.failure import LabError, UsageError

USAGE = """usage: python3 -m lab VERB

  up [HOST...]         boot the lab, or the named hosts
  down                 end it; keys stay, what hosts wrote does not
  reset HOST...        make hosts bare again
  status               which hosts are up
  ssh HOST [CMD...]    log in on a host, or run a command there
  exec CMD...          run a command of this machine inside the lab's network
  zone NAME            add a zone that the deploy's key may update
  delay HOST MS        lengthen each round trip to a host; 0 ends it
  flush                make the resolver forget everything
  preflight            install what the lab needs on this machine
"""


def main(argv: Sequence[str]) -> int:
    """Run one verb and return the exit code."""
    try:
        return _verb(argv)(argv[1:])
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"lab: this machine refused: {error}", file=sys.stderr)
        return LabError.exit_code
    except KeyboardInterrupt:
        return 130


def _verb(argv: Sequence[str]) -> Callable[[Sequence[str]], int]:
    verb = _VERBS.get(argv[0]) if argv else None
    if verb is None:
        raise UsageError(USAGE.strip())
    return verb


def _up(names: Sequence[str]) -> int:
    wanted = [plan.host(name) for name in names] or list(plan.standing())
    preflight.check()
    lifecycle.up(site.here(), wanted)
    return 0


def _down(names: Sequence[str]) -> int:
    _no_words(names)
    preflight.require_root()
    lifecycle.down(site.here())
    return 0


def _reset(names: Sequence[str]) -> int:
    if not names:
        raise UsageError("reset which host? `python3 -m lab reset smtp`")
    wanted = [plan.host(name) for name in names]
    preflight.require_root()
    lifecycle.reset(site.here(), wanted)
    return 0


def _status(names: Sequence[str]) -> int:
    _no_words(names)
    print("\n".join(lifecycle.status(site.here())))
    return 0


def _ssh(words: Sequence[str]) -> int:
    if not words:
        raise UsageError("ssh to which host? `python3 -m lab ssh smtp`")
    place = site.here()
    host = plan.host(words[0])
    hosts.leader(place, host.name)
    options = {
        "UserKnownHostsFile": str(keys.known_hosts(place)),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "BatchMode": "yes",
    }
    flags = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    ssh = ["ssh", "-F", "none", "-q", "-i", str(keys.identity(place)), *flags]
    return _replace(["nsenter", *_net(), *ssh, f"root@{host.ipv4}", *words[1:]])


def _net() -> list[str]:
    return network.enter(site.here())[1:]


def _exec(words: Sequence[str]) -> int:
    if not words:
        raise UsageError("run which command? `python3 -m lab exec curl ...`")
    preflight.require_root()
    place = site.here()
    if not network.exists(place):
        raise LabError("the lab is not up; run `python3 -m lab up`")
    os.environ.update(network.environment(place))
    return _replace(network.inside(place, list(words)))


def _replace(argv: Sequence[str]) -> int:
    os.execvp(argv[0], list(argv))


def _zone(names: Sequence[str]) -> int:
    if len(names) != 1:
        raise UsageError("add which zone? `python3 -m lab zone relay.test`")
    preflight.require_root()
    delegation.add_zone(site.here(), names[0])
    return 0


def _delay(words: Sequence[str]) -> int:
    if len(words) != len(("HOST", "MILLISECONDS")) or not words[1].isdecimal():
        raise UsageError("how slow? `python3 -m lab delay smtp 50`")
    preflight.require_root()
    delay.set_round_trip(site.here(), plan.host(words[0]).name, int(words[1]))
    return 0


def _flush(names: Sequence[str]) -> int:
    _no_words(names)
    preflight.require_root()
    delegation.flush(site.here())
    return 0


def _preflight(names: Sequence[str]) -> int:
    _no_words(names)
    preflight.install()
    preflight.check()
    return 0


def _no_words(words: Sequence[str]) -> None:
    if words:
        raise UsageError(f"{words[0]!r} is one word too many\n{USAGE}")


_VERBS = {
    "up": _up,
    "down": _down,
    "reset": _reset,
    "status": _status,
    "ssh": _ssh,
    "exec": _exec,
    "zone": _zone,
    "flush": _flush,
    "delay": _delay,
    "preflight": _preflight,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
