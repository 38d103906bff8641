"""What the service was seen to say of a zone and of itself: fields in their order, and errors."""

from datetime import UTC, datetime
from typing import Any

from tests.cloudflare_stand_in.refusal import ApiError

Entry = dict[str, Any]

NOBODY = "f" * 32
FREE_PLAN, ENTERPRISE_PLAN = "free", "enterprise"
PERMISSIONS = ("#dns_records:edit", "#dns_records:read", "#zone:read")


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def zone_entry(identifier: str, name: str, plan: str, created_on: str) -> Entry:
    """One zone of a list, with its 22 fields; a name is shown as people write it."""
    return {
        "id": identifier,
        "name": shown_name(name),
        "status": "active",
        "paused": False,
        "type": "full",
        "development_mode": 0,
        "name_servers": ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
        "original_name_servers": ["ns1.before.example", "ns2.before.example"],
        "original_registrar": None,
        "original_dnshost": None,
        "modified_on": created_on,
        "created_on": created_on,
        "activated_on": created_on,
        "vanity_name_servers": [],
        "vanity_name_servers_ips": None,
        "meta": {
            "step": 2,
            "custom_certificate_quota": 0,
            "page_rule_quota": 3,
            "phishing_detected": False,
        },
        "owner": {"id": None, "type": "user", "email": None},
        "account": {"id": NOBODY, "name": "Somebody"},
        "tenant": {"id": None, "name": None},
        "tenant_unit": {"id": None},
        "permissions": list(PERMISSIONS),
        "plan": {
            "id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
            "name": f"{plan.capitalize()} Website",
            "price": 0,
            "currency": "USD",
            "frequency": "",
            "is_subscribed": False,
            "can_subscribe": False,
            "legacy_id": plan,
            "legacy_discount": False,
            "externally_managed": False,
        },
    }


def shown_name(name: str) -> str:
    """A zone's name in U-labels."""
    return ".".join(
        label.encode().decode("idna") if label.startswith("xn--") else label
        for label in name.split(".")
    )


def unknown_token() -> ApiError:
    return ApiError(401, 10000, "Authentication error")


def invalid_token() -> ApiError:
    """A token that has the right form and is none."""
    return ApiError(403, 9109, "Invalid access token")


def from_elsewhere(address: str) -> ApiError:
    """A token that may be used from other addresses."""
    return ApiError(403, 9109, f"Cannot use the access token from location: {address}")


def no_access() -> ApiError:
    """A token that may not do this."""
    return ApiError(403, 9109, "Unauthorized to access requested resource")


def malformed_header() -> ApiError:
    return ApiError(
        400,
        6003,
        "Invalid request headers",
        chain=((6111, "Invalid format for Authorization header"),),
    )


def too_often(seconds: int) -> ApiError:
    return ApiError(
        429,
        971,
        "Please wait and consider throttling your request speed",
        headers={"retry-after": str(seconds)},
    )
