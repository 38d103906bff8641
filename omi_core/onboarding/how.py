"""How domains are looked at: over which network, from which root, and for how long."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from omi_core.dns.client.server import Server
from omi_core.resolve.budget import BudgetedNetwork, QuestionBudget
from omi_core.resolve.lookup import Lookups
from omi_core.resolve.network import AsksServers, Network, RateLimits
from omi_core.resolve.walk import Start, Walker, roots


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What a look needs: the network, the way down from the root, and the seconds it may take."""

    network: AsksServers
    walker: Walker
    lookups: Lookups
    patience_s: float = 30.0

    @classmethod
    def over(cls, network: Network, walker: Walker, patience_s: float = 30.0) -> "Looking":
        """Return a look over a network, with answers of its own."""
        return cls(network=network, walker=walker, lookups=Lookups(walker), patience_s=patience_s)

    def within(self, budget: QuestionBudget) -> "Looking":
        """Return the same for one domain, which may cost no more than its budget."""
        network = BudgetedNetwork(self.network, budget)
        walker = self.walker.over(network)
        lookups = self.lookups.over(walker)
        return Looking(network=network, walker=walker, lookups=lookups, patience_s=self.patience_s)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        *,
        root_servers: Iterable[Server] = (),
        families: tuple[int, ...] = (4, 6),
        rate: float = 50.0,
        patience_s: float = 30.0,
    ) -> AsyncIterator["Looking"]:
        """Open a network of at most `rate` questions a second to one address, and close it.

        Without `root_servers` this machine's resolver is asked where the root is; ObservationError
        where it does not answer.
        """
        start = Start(roots=tuple(root_servers) or roots(), families=families)
        async with Network(RateLimits(rate=rate)) as network:
            yield cls.over(network, Walker(network, start), patience_s)
