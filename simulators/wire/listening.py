"""The listening side of a simulated party: an HTTP server that takes whole requests, one at a time by connection."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections.abc import Awaitable, Callable

from simulators.wire.incoming import LARGEST_HEAD_BYTES, Incoming, Unforwardable, next_request, own_answer

# Answers a request, and says whether the connection stays open. The reader is for who does not answer but waits.
Answering = Callable[[Incoming, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]


def no_listening(why: OSError) -> str:
    """Why an address cannot be had, and what would do."""
    if why.errno == errno.EADDRINUSE:
        return "somebody listens there already; end that, or name another port"
    if why.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address; name one of its own, or 0.0.0.0"
    if why.errno == errno.EACCES:
        return "listening there is not allowed; name a port from 1024 on"
    return f"{os.strerror(why.errno) if why.errno else why}; name another address or port"


class Listener:
    """Hands every request to ``answering``. What is no request is refused here, and nobody hears of it."""

    def __init__(self, answering: Answering, most_bytes: int) -> None:
        self.url = ""
        self._answering, self._most_bytes = answering, most_bytes
        self._listening: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen; ``url`` says where. Raises OSError when that address cannot be had."""
        self._listening = await asyncio.start_server(
            self._take, host, port, ssl=tls, limit=LARGEST_HEAD_BYTES, backlog=1024
        )
        bound = self._listening.sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{bound}"

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._listening is not None:
            self._listening.close()
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._callers.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the caller hung up, or we are closing: the task of a stream must end in silence
        finally:
            writer.close()
            self._callers.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        keeps = True
        while keeps:
            try:
                incoming = await next_request(reader, writer, self._most_bytes)
            except Unforwardable as refused:
                writer.write(own_answer(refused.status, refused.why))
                await writer.drain()
                return
            if incoming is None:
                return
            keeps = await self._answering(incoming, reader, writer)
