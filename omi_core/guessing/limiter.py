"""Who may have a password checked: pure, bounded, and without a password in it.

An address (of IPv6 its /64) has a number of wrong passwords an hour. Beyond it only what it has
already logged in with is looked at; all else fails unseen, right or wrong, so that a guess tells
nothing. The same password for the same login is one guess, however often a printer repeats it.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from omi_core.printable import printable

WINDOW_S = 3600.0
NETWORKS = 50_000  # that are remembered at most, of each kind of memory
PAIRS = 200_000
_MANY = 10  # accounts that one password is tried on, addresses that try one account
KEY = 32  # octets
_DIGEST = 12
_LONGEST_LOGIN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A login that is tried: `secret` is what Dovecot made of the password."""

    address: str
    login: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What an operator wants to know. `password` is a digest by a key that is in memory alone."""

    name: str
    network: str
    login: str
    password: str
    count: int


@dataclass(slots=True, kw_only=True)
class _Tried:
    """What was seen of one password or one account since `began`; each of `who` is a digest."""

    began: float
    who: set[bytes] = field(default_factory=set)


class Limiter:
    """`most` wrong passwords in an hour. Times are of one clock that never goes back."""

    def __init__(self, key: bytes, most: int) -> None:
        self.key = key
        self.most = most
        # By network: each guess that is being checked or was wrong, and when it was begun.
        self.guesses: OrderedDict[str, dict[bytes, float]] = OrderedDict()
        # By network and login: the digest of what it logged in with.
        self.known: OrderedDict[bytes, bytes] = OrderedDict()
        self._by_password: OrderedDict[bytes, _Tried] = OrderedDict()
        self._by_login: OrderedDict[bytes, _Tried] = OrderedDict()
        self._told: OrderedDict[bytes, float] = OrderedDict()

    def allows(self, attempt: Attempt, now: float) -> tuple[bool, tuple[Event, ...]]:
        """Return whether the password may be checked, and what is to be told."""
        network = network_of(attempt.address)
        guess = self._digest("guess", attempt.login, attempt.secret)
        if self.known.get(self._pair(network, attempt)) == guess:
            return True, ()
        guesses = self._current(network, now)
        if guess in guesses:
            return True, ()
        if len(guesses) < self.most:
            guesses[guess] = now
            return True, ()
        over = self._once("address-over-limit", network, attempt, len(guesses), now)
        return False, (*over, *self._watched(network, attempt, now))

    def learn(self, attempt: Attempt, now: float, *, is_right: bool) -> tuple[Event, ...]:
        """Take how a check came out; return what is to be told."""
        network = network_of(attempt.address)
        guess = self._digest("guess", attempt.login, attempt.secret)
        pair = self._pair(network, attempt)
        guesses = self._current(network, now)
        if is_right:
            guesses.pop(guess, None)
            self.known[pair] = guess
            self.known.move_to_end(pair)
            _shorten(self.known, PAIRS)
            return ()
        if self.known.get(pair) == guess:  # it was right until the file said otherwise
            del self.known[pair]
        guesses[guess] = guesses.get(guess, now)
        return self._watched(network, attempt, now)

    def _current(self, network: str, now: float) -> dict[bytes, float]:
        """Return the guesses of the last hour."""
        held = self.guesses.get(network, {})
        left = {guess: at for guess, at in held.items() if 0 <= now - at < WINDOW_S}
        self.guesses[network] = left
        self.guesses.move_to_end(network)
        _shorten(self.guesses, NETWORKS)
        return left

    def _watched(self, network: str, attempt: Attempt, now: float) -> tuple[Event, ...]:
        """Count on how many accounts the password was tried, and from where the account was."""
        password = self._digest("password", attempt.secret)
        login = self._digest("login", attempt.login)
        accounts = _noted(self._by_password, password, login, now)
        addresses = _noted(self._by_login, login, self._digest("network", network), now)
        found: list[Event] = []
        if accounts >= _MANY:
            found += self._once("password-on-many-accounts", network, attempt, accounts, now)
        if addresses >= _MANY:
            found += self._once("account-from-many-addresses", network, attempt, addresses, now)
        return tuple(found)

    def _once(
        self, name: str, network: str, attempt: Attempt, count: int, now: float
    ) -> tuple[Event, ...]:
        """Return the event, once an hour for what it is about."""
        about = {
            "address-over-limit": network,
            "password-on-many-accounts": attempt.secret,
            "account-from-many-addresses": attempt.login,
        }
        subject = self._digest(name, about[name])
        if now - self._told.get(subject, float("-inf")) < WINDOW_S:
            return ()
        self._told[subject] = now
        _shorten(self._told, NETWORKS)
        password = self._digest("password", attempt.secret).hex()
        event = Event(
            name=name, network=network, login=attempt.login, password=password, count=count
        )
        return (event,)

    def _pair(self, network: str, attempt: Attempt) -> bytes:
        return self._digest("pair", network, attempt.login)

    def _digest(self, *parts: str) -> bytes:
        """Return what stands for the parts, of one length however long they are."""
        made = blake2b(key=self.key, digest_size=_DIGEST)
        for each in parts:
            octets = each.encode("utf-8", "surrogatepass")
            made.update(len(octets).to_bytes(4, "big") + octets)
        return made.digest()


def _noted(memory: OrderedDict[bytes, _Tried], subject: bytes, who: bytes, now: float) -> int:
    seen = memory.get(subject)
    if seen is None or now - seen.began >= WINDOW_S:
        seen = memory[subject] = _Tried(began=now)
    if len(seen.who) < _MANY:
        seen.who.add(who)
    memory.move_to_end(subject)
    _shorten(memory, NETWORKS)
    return len(seen.who)


def _shorten(memory: OrderedDict, most: int) -> None:  # type: ignore[type-arg]  # of whatever
    while len(memory) > most:
        memory.popitem(last=False)


def network_of(address: str) -> str:
    """Return what counts as one address: IPv4 as it is, of IPv6 its /64, "unknown" for neither.

    An IPv4 address in IPv6 clothes (RFC 4291 2.5.5.2) is that IPv4 address.
    """
    try:
        return str(IPv4Address(address))
    except AddressValueError:
        pass
    try:
        found = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return "unknown"
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"


def lines(events: Iterable[Event]) -> Iterable[str]:
    """Yield a line for each: `event=NAME network=... login="..." password=DIGEST count=N`."""
    for each in events:
        login = printable(each.login[:_LONGEST_LOGIN]).replace(" ", "\\x20")
        yield (
            f"event={each.name} network={each.network} login={login}"
            f" password={each.password} count={each.count}"
        )
