"""The policy daemon of a relay: a milter before the signer. Standard library only, Python 3.11 on.

Postfix asks it of every mail, and it answers: as it is, with these changes, or refused with a
sentence. `policy` decides; `daemon` waits at the socket and speaks the protocol.
"""
