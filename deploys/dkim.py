"""One step of DKIM rotation: what is due for each sender domain, and what it waits for.

pyinfra inventories/prod.py deploys/dkim.py [--data rotate=true | --data back=true]
"""

from omi_core.infra import connection, dkim, dkim_rotation, dns, rspamd
from omi_core.infra.inventory import this_environment, this_relay

relay = this_relay()
dkim_rotation.begin()

if relay:
    connection.send_at_once()
    dkim.made(relay, name="Make the next DKIM keys")
    dkim.carried(relay, name="Carry the DKIM keys to every relay")

# What comes is there before a signer uses it, what goes has been left by every signer.
dns.records(this_environment(), name="Publish DNS")

if relay:
    dkim_rotation.proven(relay, name="Prove the next DKIM keys at every server")
    rspamd.service(relay, name="Sign with rspamd")
    dkim_rotation.dropped(relay, name="Remove withdrawn DKIM keys")
