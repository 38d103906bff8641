"""A timer on the relay that warns before certificates end; it renews nothing.

Whoever renews may be switched off, and the relay is where that is noticed: a failed unit, lines in
the journal, and metrics for node_exporter's textfile collector.
"""

from omi_core.engine.component import Component, ManagedFile
from omi_core.inventory.model import Relay
from omi_core.relay.listeners import ports_of, tls_ports_of
from omi_core.render import render

NAME = "omi-certificate-warning"
SCRIPT = "/usr/local/lib/omi/certificate-warning"
METRICS = "/var/lib/prometheus/node-exporter/omi_certificate.prom"
UNITS = "/etc/systemd/system"

CHECK = f"""sh -n "$STAGE{SCRIPT}"
chmod 755 "$STAGE{SCRIPT}"
for unit in service timer; do
    sed "s,^ExecStart=/,ExecStart=$STAGE/," "$STAGE{UNITS}/{NAME}.$unit" \\
        > "$STAGE{UNITS}/checked.$unit"
    systemd-analyze verify --man=no "$STAGE{UNITS}/checked.$unit"
done"""

RELOAD = f"""mkdir -p {METRICS.rpartition("/")[0]}
systemctl daemon-reload
systemctl enable -q {NAME}.timer
systemctl restart {NAME}.timer"""

HEALTH = f"systemctl is-active -q {NAME}.timer && systemctl is-enabled -q {NAME}.timer"


def configured(relay: Relay) -> Component:
    """Return the component: the script, the unit that runs it, and the timer."""
    days = relay.environment.certificates.warn_days
    directory = METRICS.rpartition("/")[0]
    script = render(
        "certificates/warning.sh",
        days=days,
        metrics=METRICS,
        ports=ports_of(relay),
        tls_ports=tls_ports_of(relay),
    )
    service = render("certificates/warning.service", script=SCRIPT, directory=directory)
    return Component(
        name="certificate-warning",
        files=(
            ManagedFile(path=SCRIPT, content=script, mode=0o755),
            ManagedFile(path=f"{UNITS}/{NAME}.service", content=service),
            ManagedFile(path=f"{UNITS}/{NAME}.timer", content=render("certificates/warning.timer")),
        ),
        check=CHECK,
        reload=RELOAD,
        health=HEALTH,
    )
