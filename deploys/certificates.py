"""Certificates: what is due is renewed, the spare relay first, and proven on every listener.

pyinfra inventories/prod.py deploys/certificates.py [--data force=true]
"""

from omi_core.infra import certificate_warning, certificates, glimpse, tls
from omi_core.infra.component import asked, component
from omi_core.infra.inventory import this_relay

relay = this_relay()
glimpse.ask((tls.ASKED, *asked("certificate-warning")))

certificates.rolling()

if relay:
    component(
        certificate_warning.configured(relay), name="Warn on the host before certificates end"
    )
