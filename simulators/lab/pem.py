"""The PEM files that a target file or an option names: used, or refused under that name, with what would do."""

from __future__ import annotations

import ssl
from pathlib import Path

from simulators.lab.setting import LabError
from simulators.wire.proxy import serving_context
from simulators.wire.tls import client_context


def trusting(name: str, verify: str) -> ssl.SSLContext:
    """A context for the calling side. Raises LabError where ``verify`` is no file of authorities."""
    try:
        return client_context(verify)
    except ssl.SSLError as wrong:
        remedy = 'a PEM file of the authorities to trust would do, "system" or "none"'
        raise LabError(f"{name}: {verify}: holds no certificate that can be read ({_why(wrong)}); {remedy}") from None
    except OSError as wrong:
        raise LabError(f"{name}: {verify}: {wrong.strerror}") from None


def showing(name: str, certificate: Path) -> ssl.SSLContext:
    """A context for the listening side. Raises LabError where the file does not hold a private key and its chain."""
    try:
        return serving_context(certificate)
    except ssl.SSLError as wrong:
        remedy = "one PEM file with the private key, not encrypted, and the chain would do"
        raise LabError(f"{name}: {certificate}: no key with its certificate ({_why(wrong)}); {remedy}") from None
    except OSError as wrong:
        raise LabError(f"{name}: {certificate}: {wrong.strerror}") from None


def _why(wrong: ssl.SSLError) -> str:
    """OpenSSL's word without the line of our interpreter's source."""
    return wrong.reason or str(wrong).partition(" (_ssl.c")[0]
