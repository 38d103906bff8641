"""What is the same on every relay of an environment, and is made once for all of them.

With ten thousand customers, each of these is a second of a deploy.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import TypeVar

from omi_core.inventory.model import Environment

V = TypeVar("V")
K = TypeVar("K", bound=Hashable)

_KEPT = 4  # a run has one environment, and rarely more than two keys


def made_once(make: Callable[[Environment, K], V]) -> Callable[[Environment, K], V]:
    """Decorate what depends on an environment and a key alone; the last results are kept.

    An environment is known by identity: to compare two is to compare all their customers.
    """
    made: dict[tuple[int, K], tuple[Environment, V]] = {}

    @wraps(make)
    def remembered(environment: Environment, key: K) -> V:
        place = (id(environment), key)
        if place not in made:
            while len(made) >= _KEPT:
                del made[next(iter(made))]
            made[place] = environment, make(environment, key)  # kept, so that its id stays its own
        return made[place][1]

    return remembered
