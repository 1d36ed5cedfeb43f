"""How times, energies, money and power are written for the platform (cec102 4.2): JSON numbers, rounded half-up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_TIME, _TIME_STAMP, _DATE = "%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y-%m-%d"
_DAY_MS = 24 * 60 * 60 * 1000


def kwh(energy_wh: int) -> float:
    """An energy, two decimals."""
    return hundredth_kwh(energy_wh) / 100


def hundredth_kwh(energy_wh: int) -> int:
    """An energy in the steps in which it is written."""
    return (energy_wh + 5) // 10


def tenth_kwh(energy_wh: int) -> int:
    """An energy in the steps in which statistics are written."""
    return (energy_wh + 50) // 100


def yuan(amount_fen: int) -> float:
    """Money, two decimals."""
    return amount_fen / 100


def yuan_per_kwh(price_e4: int) -> float:
    """A unit price, four decimals."""
    return price_e4 / 10_000


def kw(power_w: int) -> float:
    """A power, one decimal."""
    return (power_w + 50) // 100 / 10


def date_time(moment_ms: int, utc_offset_minutes: int) -> str:
    """``yyyy-MM-dd HH:mm:ss`` in local time."""
    return _local(moment_ms, utc_offset_minutes).strftime(_DATE_TIME)


def time_stamp(moment_ms: int, utc_offset_minutes: int) -> str:
    """``yyyyMMddHHmmss`` in local time."""
    return _local(moment_ms, utc_offset_minutes).strftime(_TIME_STAMP)


def moment_of(stamp: str, utc_offset_minutes: int) -> int:
    """The moment, epoch milliseconds, that a ``yyyyMMddHHmmss`` says; raises ValueError when it says none."""
    return _moment(stamp, _TIME_STAMP, utc_offset_minutes)


def moment_of_date_time(text: str, utc_offset_minutes: int) -> int:
    """The moment, epoch milliseconds, that a ``yyyy-MM-dd HH:mm:ss`` says; raises ValueError when it says none."""
    return _moment(text, _DATE_TIME, utc_offset_minutes)


# Days count from 1970-01-01, where the platform is.


def day_of(moment_ms: int, utc_offset_minutes: int) -> int:
    """The day of a moment."""
    return (moment_ms + utc_offset_minutes * 60_000) // _DAY_MS


def day_begins_ms(day: int, utc_offset_minutes: int) -> int:
    """When a day begins."""
    return day * _DAY_MS - utc_offset_minutes * 60_000


def day_of_date(text: str) -> int:
    """The day that a ``yyyy-MM-dd`` says; raises ValueError when it says none."""
    return (datetime.strptime(text, _DATE).replace(tzinfo=UTC) - _EPOCH).days


def _moment(text: str, form: str, utc_offset_minutes: int) -> int:
    local = datetime.strptime(text, form).replace(tzinfo=UTC)
    return (local - timedelta(minutes=utc_offset_minutes) - _EPOCH) // timedelta(milliseconds=1)


def _local(moment_ms: int, utc_offset_minutes: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=moment_ms, minutes=utc_offset_minutes)
