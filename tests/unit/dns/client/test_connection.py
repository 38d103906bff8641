"""What can be said of an exchange without a server; the rest is in tests/lab."""

import base64

from omi_core.dns.client.connection import _tsig_key
from omi_core.dns.client.tsig import TsigKey
from omi_core.names import Fqdn
from omi_core.secret import Secret


def test_the_key_of_dnspython_does_not_show_its_secret() -> None:
    """Its own class prints the secret in its repr, which a traceback with locals would show."""
    secret = base64.b64encode(b"marker" * 6).decode()
    key = TsigKey(name=Fqdn.parse("omi-deploy"), algorithm="hmac-sha512", secret=Secret(secret))
    theirs = _tsig_key(key)
    assert theirs.secret == b"marker" * 6
    assert repr(theirs) == "<TSIG key omi-deploy.>"
