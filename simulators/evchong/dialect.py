"""The readings: one admissible way each to understand a clause in which the document contradicts itself.

Which reading a server keeps to is chosen in its target file; what is not named there has its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from msgspec import Struct

from simulators.readings import SECONDS, Reading, chosen_values

READINGS = {
    "EVC-X1": Reading("form", ("json",), "request body: form parameter data, or the JSON itself", "request_body"),
    "EVC-X2": Reading(
        "plain", ("prefixed",), "answer body: the JSON itself, or after data= (both are read)", "answer_body"
    ),
    "EVC-X3": Reading("wrapped", ("flat",), "strings: in an object of their own name, or as they are", "strings"),
    "EVC-X4": Reading(
        "examples", ("tables",), "the card of startTrans: idToken of the example, or idTag of the table", "start_card"
    ),
    "EVC-X5": Reading(
        "lower", ("upper",), "authorize: idToken and idTagInfo, or IdToken and IdTagInfo", "authorize_names"
    ),
    "EVC-X6": Reading("dots", ("underscores",), "the Energy measurands: with dots, or with underscores", "measurands"),
    "EVC-X8": Reading("epoch-ms", ("iso",), "dateTime: epoch milliseconds, or ISO 8601 (both are read)", "moments"),
    "EVC-X9": Reading("Wh", ("kWh",), "meterStart and meterStop: in Wh, or in whole kWh", "registers"),
    "EVC-X10": Reading(
        "documented",
        ("error-body",),
        "a refusal: by HTTP status or a documented answer, or by an error body of the server's own",
        "refusal",
    ),
    "EVC-X11": Reading(
        "told", ("fixed-10",), "heartbeat: at the interval told at boot, or every 10 s", "heartbeat_interval"
    ),
    "EVC-X13": Reading(
        "any-or-none", (), "transactionId of a refused start: any integer or none, never used", "refused_transaction"
    ),
    "EVC-X16": Reading(
        "consumed", ("register",), "transactionData: the energy consumed, or a reading of the register", "stop_energy"
    ),
    "EVC-X20": Reading(
        "connector", ("zero",), "statusNotify: for each connector, or connectorId 0 for the whole box", "status_scope"
    ),
    "EVC-X21": Reading("10", (SECONDS,), "meterValues: seconds between two samples", "sample_interval"),
    "EVC-X25": Reading(
        "Rejected", ("rejected",), "spelling of that registration status (both are read)", "rejected_spelling"
    ),
}


class Readings(Struct, frozen=True, kw_only=True):
    """One value for each row of ``READINGS``; without arguments, the default reading."""

    request_body: str = "form"
    answer_body: str = "plain"
    strings: str = "wrapped"
    start_card: str = "examples"
    authorize_names: str = "lower"
    measurands: str = "dots"
    moments: str = "epoch-ms"
    registers: str = "Wh"
    refusal: str = "documented"
    heartbeat_interval: str = "told"
    refused_transaction: str = "any-or-none"
    stop_energy: str = "consumed"
    status_scope: str = "connector"
    sample_interval: str = "10"
    rejected_spelling: str = "Rejected"

    @classmethod
    def parse(cls, chosen: Mapping[str, Any]) -> Self:
        """From the target file's ``[readings]``, as ``{"EVC-X1": "json"}``; rows of other protocols are passed over.

        Raises:
            ValueError: an unknown row or value; says what would do.
        """
        return cls(**chosen_values(READINGS, chosen))

    def chosen(self) -> dict[str, str]:
        """The rows that differ from their default, as ``parse`` takes them."""
        values = {row: str(getattr(self, reading.attribute)) for row, reading in READINGS.items()}
        return {row: value for row, value in values.items() if value != READINGS[row].default}

    @property
    def sample_interval_s(self) -> int:
        """Seconds between two meter value messages (EVC-X21)."""
        return int(self.sample_interval)
