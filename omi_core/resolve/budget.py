"""How much may be asked for the sake of one domain: what strangers publish decides what is asked.

A zone can name the servers, the mail exchangers and the policies of anybody. Without a bound, one
that is made for it turns a look into hundreds of questions to a victim (CVE-2020-12662), and the
looks at a thousand of them into an attack.
"""

import asyncio

from omi_core.dns.client.server import Server
from omi_core.resolve.memory import NotSharedError
from omi_core.resolve.network import AsksServers, QueryResult

# A domain at which all is right takes some 10 to 30; one of a single server, with everything at a
# wrong name and a wildcard besides, 53 of that one.
MOST_QUESTIONS = 400
MOST_OF_ONE_SERVER = 120


class BudgetSpentError(NotSharedError):
    """What may be asked for one domain has been asked; nothing is known of the rest."""


class QuestionBudget:
    """How many questions may be asked for one domain, in all and of one address."""

    def __init__(
        self, in_all: int = MOST_QUESTIONS, of_one_server: int = MOST_OF_ONE_SERVER
    ) -> None:
        self.in_all = in_all
        self.of_one_server = of_one_server
        self.asked = 0
        self._of: dict[Server, int] = {}

    def spend(self, server: Server, name: str, kind: str) -> None:
        """Count a question before it is asked; BudgetSpentError where it is one too many."""
        of_this = self._of[server] = self._of.get(server, 0) + 1
        self.asked += 1
        if of_this > self.of_one_server:
            raise BudgetSpentError(
                "it would take more than {count} questions to {server}, the last for {name} {kind};"
                " no domain may cost a server more",
                count=self.of_one_server,
                server=str(server),
                name=name,
                kind=kind,
            )
        if self.asked > self.in_all:
            raise BudgetSpentError(
                "it would take more than {count} questions, the last to {server} for {name} {kind};"
                " no domain may cost more",
                count=self.in_all,
                server=str(server),
                name=name,
                kind=kind,
            )


class BudgetedNetwork:
    """A network as one look may use it."""

    def __init__(self, network: AsksServers, budget: QuestionBudget) -> None:
        self._network = network
        self._budget = budget

    def ask(self, server: Server, name: str, kind: str) -> asyncio.Future[QueryResult]:
        """Ask as the network does; BudgetSpentError where the look has cost enough."""
        self._budget.spend(server, name, kind)
        return self._network.ask(server, name, kind)
