"""What an operator and the municipal platform agreed on before the first call: who they are, the keys, the connectors.

Told to both sides, to the mock platform and to a server that we start; how either reads its wire is its own affair.
"""

from __future__ import annotations

from msgspec import Struct

SECRET_CHARACTERS = 16
USUAL_W = 7000  # of a connector at home
MOST_W = 1_000_000  # more than any connector gives


class CityKeys(Struct, frozen=True, kw_only=True):
    """The keys that one side issued to the other, which calls it (cec102 2.1); characters, never hex-decoded."""

    operator_secret: str
    data_secret: str
    data_secret_iv: str
    sig_secret: str

    def __repr__(self) -> str:
        return "CityKeys()"  # all of it is secret


class Socket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connector as the platform knows it, by the identifiers of cec102 4.1.

    ``box`` and ``connector`` say which charge box stands behind it; without a box it is a charger of the lab's own,
    which the server reaches over a private link. ``power_w``: the rated power, None where nobody told it.
    ``bonus``: the equipment claims the operating bonus (seed 2.2.2).
    """

    id: str
    equipment: str
    station: str
    box: str = ""
    connector: int = 1
    power_w: int | None = None
    bonus: bool = True

    @property
    def simulated_w(self) -> int:
        """The power of a charger that stands in for it."""
        return USUAL_W if self.power_w is None else self.power_w

    @property
    def most_w(self) -> int:
        """What it gives at most; no evidence of its rated power."""
        return MOST_W if self.power_w is None else self.power_w


class CityContract(Struct, frozen=True, kw_only=True):
    """Both sides' identity and keys. The called side's keys serve an exchange, request and answer.

    ``platform_url`` is where the platform listens, without ``/evcs/...``; ``utc_offset_minutes`` is BJ-X20.
    """

    platform_id: str
    operator_id: str
    platform_keys: CityKeys  # issued by the platform: they serve the pushes
    operator_keys: CityKeys  # issued by the operator: they serve the queries
    platform_url: str = ""
    sockets: tuple[Socket, ...] = ()
    utc_offset_minutes: int = 480
    bill_after_stop_s: float = 0
    statistics_after_s: float = 0  # after the bill
