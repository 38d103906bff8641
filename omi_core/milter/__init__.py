"""The policy daemon of a relay: a milter before the signer. Standard library only, Python 3.11 on.

Postfix asks it of every mail, and it answers: as it is, with these changes, or refused with a
sentence. `packet` and `dialogue` are the protocol, `policy` decides, `server` waits at the socket.
"""
