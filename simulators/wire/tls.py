"""TLS for a run: a throw-away authority of its own, and contexts that trust what the PIXIT says.

Source: EVCHONG V1.2, 1, constraint 1, in the reading EVC-X23: the server's certificate is checked as the PIXIT
says, a self-signed one is lawful, and no certificate of the client is asked for.
"""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

import trustme


class Authority:
    """A certificate authority that lives as long as the run."""

    def __init__(self) -> None:
        self._authority = trustme.CA(organization_name="chargeproof run")

    def write_ca(self, path: Path) -> Path:
        """The authority's own certificate, for those who shall trust it."""
        self._authority.cert_pem.write_to_path(str(path))
        return path

    def write_server(self, path: Path, *names: str, not_after: datetime | None = None) -> Path:
        """A server's private key and chain in one PEM file, readable by its owner only."""
        issued = self._authority.issue_cert(*(names or ("127.0.0.1", "localhost")), not_after=not_after)
        path.touch(mode=0o600)
        issued.private_key_and_cert_chain_pem.write_to_path(str(path))
        return path


def client_context(verify: str) -> ssl.SSLContext:
    """A context for the calling side.

    ``verify`` is "none", "system", or the path of a PEM file with the authorities to trust.
    Raises ``OSError`` or ``ssl.SSLError`` when that file cannot be used.
    """
    if verify == "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if verify == "system":
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=verify)
