"""A lab in a thread of its own, so that scenarios can be plain functions."""

from __future__ import annotations

import asyncio
import sys
import threading
from types import TracebackType
from typing import Any, Self

from simulators.journal.store import Journal
from simulators.lab.lab import Lab
from simulators.lab.setting import LabError, LabSetting
from simulators.lab.verbs import perform

if sys.platform == "win32":  # there is no uvloop
    from asyncio import new_event_loop
else:
    from uvloop import new_event_loop

LONGEST_VERB_S = 3600.0


class RunningLab:
    """Opens a lab, takes verbs from other threads, closes it. Use as a context."""

    def __init__(self, setting: LabSetting) -> None:
        self._setting = setting
        self._loop: asyncio.AbstractEventLoop = new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"lab {setting.world}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.lab = self._call(self._open())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._call(self.lab.close())
        finally:
            self._end()
            self.lab.journal.close()

    @property
    def journal(self) -> Journal:
        journal: Journal = self.lab.journal
        return journal

    def ask(self, verb: str, arguments: dict[str, Any]) -> Any:
        """Do a verb and wait for it."""
        return self._call(perform(self.lab, verb, arguments))

    async def _open(self) -> Lab:
        lab = Lab(self._setting)
        try:
            await lab.open()
        except BaseException:
            await lab.close()
            lab.journal.close()
            raise
        return lab

    def _call(self, coroutine: Any) -> Any:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(LONGEST_VERB_S)
        except TimeoutError:
            future.cancel()
            raise LabError(f"the lab did not come back within {LONGEST_VERB_S:g} s") from None

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
