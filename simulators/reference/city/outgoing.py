"""What the operator's side calls others with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp


class Unanswered(Exception):
    """No answer came, whatever the reason."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came."""

    status: int
    body: bytes


class Outgoing:
    """Connections are kept and used again. Whoever is called may have a certificate of its own making."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False))

    @property
    def closed(self) -> bool:
        return self._session.closed

    async def close(self) -> None:
        await self._session.close()

    async def send(self, method: str, address: str, body: bytes, headers: Mapping[str, str], limit_s: float) -> Reply:
        """One request. Raises Unanswered when nothing that can be read came within the limit."""
        limit = aiohttp.ClientTimeout(total=limit_s)
        try:
            async with self._session.request(
                method, address, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                return Reply(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failed:
            raise Unanswered(repr(failed)) from failed
