"""What is remembered, as a file that a new process reads: in a directory that is in memory.

The key stands in it beside the digests, so it must not outlive the host's memory (/run).
"""

import json
import math

from omi_core.guessing.limiter import KEY, NETWORKS, PAIRS, Limiter


def written_memory(limiter: Limiter) -> bytes:
    """Return the file: the key, the guesses of each network, what each pair logged in with."""
    document = {
        "key": limiter.key.hex(),
        "guesses": {
            network: {guess.hex(): at for guess, at in guesses.items()}
            for network, guesses in limiter.guesses.items()
            if guesses
        },
        "known": {pair.hex(): guess.hex() for pair, guess in limiter.known.items()},
    }
    return json.dumps(document).encode()


def read_memory(octets: bytes, most: int) -> Limiter:
    """Read the file; raises ValueError for anything else."""
    try:
        document = json.loads(octets)
        limiter = Limiter(_key(document["key"]), most)
        for network, guesses in list(document["guesses"].items())[-NETWORKS:]:
            limiter.guesses[network] = {
                bytes.fromhex(guess): _time(at) for guess, at in guesses.items()
            }
        for pair, guess in list(document["known"].items())[-PAIRS:]:
            limiter.known[bytes.fromhex(pair)] = bytes.fromhex(guess)
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("not what the daemon writes") from None
    return limiter


def _key(written: str) -> bytes:
    key = bytes.fromhex(written)
    if len(key) != KEY:
        raise ValueError("no key")
    return key


def _time(written: object) -> float:
    at = float(str(written))
    if not math.isfinite(at):
        raise ValueError("no time")
    return at
