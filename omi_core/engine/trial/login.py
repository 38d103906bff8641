"""A new login to a host that the run is logged in on already."""

import gevent
from paramiko import SSHException
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State

# Few, because sshd shuts out who fails often (PerSourcePenalties), and over before the minute is.
ATTEMPTS = 3
PAUSE_S = 5.0
LOGIN_S = 45.0


def failure(state: State, host: Host, question: StringCommand) -> str:
    """Log in as the run did, over a connection of its own, and ask; return why that failed.

    Nothing is returned where the answer was yes. A connection that is open already proves nothing:
    what is on trial lets it be.
    """
    why = "it takes too long"
    try:
        with gevent.Timeout(LOGIN_S):
            for attempt in range(ATTEMPTS):
                gevent.sleep(PAUSE_S if attempt else 0)
                if not (why := _attempt(state, host, question)):
                    break
    except gevent.Timeout:
        pass  # the last reason says it
    return why


def _attempt(state: State, host: Host, question: StringCommand) -> str:
    """Return why it failed; nothing if the answer came while the trial was under way."""
    connector = type(host.connector)(state, host)
    try:
        connector.connect()
        is_under_way, _ = connector.run_shell_command(
            question, print_output=False, print_input=False
        )
    except (ConnectError, SSHException, OSError, EOFError) as error:
        return str(error)
    finally:
        # pyinfra's own disconnect() forgets the file transfers of all hosts, and leaves this open.
        if client := getattr(connector, "client", None):
            client.close()
    return "" if is_under_way else "the trial is over"
