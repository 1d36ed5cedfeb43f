"""What a canonical message says, field by field.

Every reader takes a canonical request or answer, or None, and never fails: a field that is absent or of the
wrong type is None. So a rule can read one field of a message that is broken in another.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from simulators.evchong.messages import ROOTS, Canonical, Service

ROOT_KEYS = frozenset(root for pair in ROOTS.values() for root in pair)


class IdTagInfo(Struct, frozen=True, gc=False):
    """Result of an identity check (2.2); a field that was absent or of the wrong type is None."""

    status: str | None
    expiry_ms: int | None
    parent_id_token: str | None


class Sample(Struct, frozen=True, gc=False):
    """One meter value (2.4) as it was said; ``unit`` None means Wh (EVC-X7)."""

    timestamp_ms: int | None
    measurand: str | None
    value: str | None
    unit: str | None


NOTHING_SAID = IdTagInfo(None, None, None)


def fields(canonical: Canonical | None) -> dict[str, Any]:
    """What stands under the root key; empty when there is no documented root key with an object under it."""
    if canonical is None:
        return {}
    for root, content in canonical.items():
        if root in ROOT_KEYS:
            return content if isinstance(content, dict) else {}
    return {}


def box_serial(canonical: Canonical | None) -> str | None:
    """``chargeBoxSerialNumber`` of any request."""
    return _wrapped(fields(canonical), "chargeBoxSerialNumber")


def station_serial(canonical: Canonical | None) -> str | None:
    """``chargePointSerialNumber`` of a boot or a heartbeat."""
    return _wrapped(fields(canonical), "chargePointSerialNumber")


def id_token(canonical: Canonical | None) -> str | None:
    """The card of an authorize, a start (``idToken``) or a stop (``idTag``)."""
    content = fields(canonical)
    return _card(content, "idToken" if "idToken" in content else "idTag")


def connector(canonical: Canonical | None) -> int | None:
    """``connectorId`` of a start, of meter values or of a notification."""
    return _integer(fields(canonical).get("connectorId"))


def transaction_id(canonical: Canonical | None) -> int | None:
    """``transactionId`` of a request or an answer."""
    return _integer(fields(canonical).get("transactionId"))


def reservation_id(canonical: Canonical | None) -> int | None:
    """``reservationId`` of a start."""
    return _integer(fields(canonical).get("reservationId"))


def meter_start_wh(canonical: Canonical | None) -> int | None:
    """``meterStart`` of a start."""
    return _integer(fields(canonical).get("meterStart"))


def meter_stop_wh(canonical: Canonical | None) -> int | None:
    """``meterStop`` of a stop."""
    return _integer(fields(canonical).get("meterStop"))


def timestamp_ms(canonical: Canonical | None) -> int | None:
    """``timestamp`` of a request or an answer, epoch milliseconds."""
    return _integer(fields(canonical).get("timestamp"))


def current_time_ms(canonical: Canonical | None) -> int | None:
    """``currentTime`` of a boot's or a heartbeat's answer, epoch milliseconds."""
    return _integer(fields(canonical).get("currentTime"))


def heartbeat_interval_s(canonical: Canonical | None) -> int | None:
    """``heartbeatInterval`` of a boot's answer."""
    return _integer(fields(canonical).get("heartbeatInterval"))


def registration_status(canonical: Canonical | None) -> str | None:
    """``status`` of a boot's answer (2.10); None in every other message."""
    return status(canonical) if canonical and Service.DEVICE_BOOT.answer_root in canonical else None


def status(canonical: Canonical | None) -> str | None:
    """``status`` of a boot's answer (2.10) or of a notification (2.9); of an identity check: ``id_tag_info``."""
    return _text(fields(canonical).get("status"))


def error_code(canonical: Canonical | None) -> str | None:
    """``errorCode`` of a notification (2.8)."""
    return _text(fields(canonical).get("errorCode"))


def vendor_id(canonical: Canonical | None) -> str | None:
    """``vendorId`` of a notification."""
    return _text(fields(canonical).get("vendorId"))


def vendor_error_code(canonical: Canonical | None) -> str | None:
    """``vendorErrorCode`` of a notification."""
    return _text(fields(canonical).get("vendorErrorCode"))


def error_info(canonical: Canonical | None) -> str | None:
    """``info`` of a notification."""
    return _text(fields(canonical).get("info"))


def id_tag_info(canonical: Canonical | None) -> IdTagInfo:
    """``idTagInfo`` of the answer to an authorize, a start or a stop; all None when it is absent or no object."""
    found = fields(canonical).get("idTagInfo")
    if not isinstance(found, dict):
        return NOTHING_SAID
    return IdTagInfo(_text(found.get("status")), _integer(found.get("expiryDate")), _card(found, "parentIdTag"))


def samples(canonical: Canonical | None) -> tuple[Sample, ...]:
    """The meter values of a meterValues or a stopTrans request; what is no object among them is left out."""
    content = fields(canonical)
    data = content.get("transactionData")
    found = data.get("values") if isinstance(data, dict) else content.get("values")
    return tuple(_sample(each) for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def _sample(found: dict[str, Any]) -> Sample:
    return Sample(
        _integer(found.get("timestamp")),
        _text(found.get("measurand")),
        _text(found.get("value")),
        _text(found.get("unit")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    """A whole number in the sense of JSON Schema: ``5`` and ``5.0`` are, ``true`` is not."""
    if type(value) is int:  # as nearly always
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def _wrapped(content: dict[str, Any], name: str) -> str | None:
    found = content.get(name)
    return _text(found.get(name)) if isinstance(found, dict) else None


def _card(content: dict[str, Any], name: str) -> str | None:
    found = content.get(name)
    return _text(found.get("idToken")) if isinstance(found, dict) else None
