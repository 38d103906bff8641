"""Certificates: what is due is renewed, the spare relay first, and proven on every listener.

pyinfra inventories/prod.py deploys/certificates.py [--data force=true]
"""

from omi_core.relay import steps

steps.take(
    steps.renew_certificates("Cover every public name"),
    steps.certificate_warning("Warn on the host before certificates end"),
)
