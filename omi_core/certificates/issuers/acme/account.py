"""The account at an ACME server (RFC 8555 7.3): its key, made once and 0600 from the first byte."""

from acme import errors, messages
from acme.client import ClientV2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from josepy.jwk import JWKEC

from omi_core.certificates.errors import IssuanceError
from omi_core.certificates.kept_files import read_private, write_once
from omi_core.errors import InputError
from omi_core.inventory.issuers import Acme, ExternalAccount
from omi_core.secret import Secret

KEY_FILE = "account.key"


def account_key(settings: Acme) -> JWKEC:
    """Return the account's key, made on first use; raises InputError."""
    file = settings.directory / KEY_FILE
    if not file.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_once(file, pem, 0o600)
    pem = read_private(file)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise InputError("{file} holds no elliptic-curve key without password", file=file)
    return JWKEC(key=key)


def log_in(client: ClientV2, key: JWKEC, settings: Acme) -> None:
    """Tell the server who asks: a new account, or the one that this key has (RFC 8555 7.3.1)."""
    if client.net.account is not None:
        return
    wanted = messages.NewRegistration.from_data(
        email=str(settings.contact) if settings.contact else None,
        terms_of_service_agreed=True,
        external_account_binding=_binding(client, key, settings.external_account),
    )
    try:
        client.new_account(wanted)
    except errors.ConflictError as there:
        client.net.account = messages.RegistrationResource(
            body=messages.Registration(), uri=there.location
        )


def _binding(
    client: ClientV2, key: JWKEC, account: ExternalAccount | None
) -> dict[str, object] | None:
    """Return the external account binding (RFC 8555 7.3.4)."""
    if account is None:
        if client.directory.meta.external_account_required:
            raise IssuanceError(
                "the CA requires external account binding; set external_account=(KEY ID, FILE)"
            )
        return None
    secret = Secret(read_private(account.mac_key_file).decode("ascii", "replace").strip())
    try:
        found: dict[str, object] = messages.ExternalAccountBinding.from_data(
            key.public_key(), account.key_id, secret.unmask(), client.directory
        )
    except (ValueError, TypeError):
        raise InputError(
            "{mac_key_file} holds no key in base64url", mac_key_file=account.mac_key_file
        ) from None
    return found
