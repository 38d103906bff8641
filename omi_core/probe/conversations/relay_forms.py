"""The ways in which a stranger asks a server to pass mail on, each refused by a closed relay."""

from dataclasses import dataclass

from omi_core.names import Address, Fqdn

STRANGER = "omi-probe@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayForm:
    """An envelope that nobody who has not logged in may use; paths without brackets."""

    name: str
    sender: str
    recipient: str


def relay_forms(server: Fqdn, target: Address) -> tuple[RelayForm, ...]:
    """Return the forms, by which mail to `target` would pass through `server`."""
    host, own = server.relative, server.parent.relative
    local, domain = target.local_part, target.domain.relative
    shapes = {
        "plain": (STRANGER, f"{local}@{domain}"),
        "percent": (STRANGER, f"{local}%{domain}@{host}"),
        "bang": (STRANGER, f"{domain}!{local}@{host}"),
        "quoted": (STRANGER, f'"{local}@{domain}"@{host}'),
        "source-route": (STRANGER, f"@{host}:{local}@{domain}"),
        "null-sender": ("", f"{local}@{domain}"),
        "own-domain": (f"omi-probe@{own}", f"{local}@{domain}"),
    }
    return tuple(
        RelayForm(name=name, sender=sender, recipient=recipient)
        for name, (sender, recipient) in shapes.items()
    )
