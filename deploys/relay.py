"""Bare Debian hosts become the relay.

pyinfra inventories/prod.py deploys/relay.py
"""

from omi_core.infra import base, debian, dkim, dns, dovecot, gate, glimpse, postfix, rspamd, tls
from omi_core.infra.component import asked, component
from omi_core.infra.inventory import this_environment, this_relay

PACKAGES = (*base.PACKAGES, *dovecot.PACKAGES, *rspamd.PACKAGES, *postfix.PACKAGES)

relay = this_relay()
glimpse.ask(
    (debian.asked(PACKAGES), tls.ASKED, dkim.ASKED, *asked("base", "dovecot", "rspamd", "postfix"))
)

if relay:
    debian.packages(PACKAGES, preseed=postfix.PRESEED, name="Install Debian packages")
    component(base.configured(relay), name="Name the host and its accounts")
    tls.certificate(relay, name="Cover every public name by a certificate")
    dkim.made(relay, name="Make the DKIM keys that no relay has")
    dkim.carried(relay, name="Carry the DKIM keys to every relay")

# Before any signer runs: a signature that no published key verifies is worse than none.
dns.records(this_environment(), name="Publish DNS")

if relay:
    dovecot.service(relay, name="Check passwords with Dovecot")
    rspamd.service(relay, name="Sign with rspamd")
    postfix.service(relay, name="Listen on 25, 465 and 587 with Postfix")
    gate.customers_view(relay, name="See the relay as a customer does")
