"""Whether the server's clock and ours agree, as the TimeStamp of what it sends tells (cec102 1.3).

No row limits the difference, but whoever reads that a time was told wrongly wants to know of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from conformance.rules.beijing.known import Pixit
from conformance.rules.beijing.spoken import Spoken

MINUTE_S = 60


def ahead_s(seen: Spoken, pixit: Pixit) -> float | None:
    """By how much the TimeStamp of what was pushed is ahead of our clock; None where it is no time."""
    stamp = seen.envelope.get("TimeStamp")
    if not isinstance(stamp, str) or len(stamp) != 14 or not stamp.isascii():
        return None
    zone = timezone(timedelta(minutes=pixit.utc_offset_minutes))
    try:
        told = datetime.fromisoformat(f"{stamp[:8]}T{stamp[8:]}").replace(tzinfo=zone)
    except ValueError:
        return None
    return told.timestamp() - seen.exchange.at_ms / 1000


def difference(seen: Spoken, pixit: Pixit) -> str:
    """In words, where it is a minute or more and more than the target says that clocks may differ; else nothing."""
    apart_s = ahead_s(seen, pixit)
    if apart_s is None or abs(apart_s) < max(MINUTE_S, pixit.boxes.time_tolerance_s):
        return ""
    minutes = round(abs(apart_s) / MINUTE_S)
    where = "ahead of" if apart_s > 0 else "behind"
    return f"the server's clock goes about {minutes} min {where} ours, by its TimeStamp"
