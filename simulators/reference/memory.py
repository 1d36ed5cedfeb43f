"""What the server knows, carried over a restart."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path

from simulators.reference.setting import ServerSetting
from simulators.reference.state import State

FILE = "state.pickle"


class Memory:
    """Written when the server stops, read when another starts on the same folder; without a folder, forgotten."""

    setting: ServerSetting
    state: State
    transaction_ids: itertools.count[int]

    def remember(self) -> None:
        if self.setting.data:
            self._file.write_bytes(pickle.dumps((self.state, self.transaction_ids)))

    def recall(self) -> None:
        if self.setting.data and self._file.exists():
            self.state, self.transaction_ids = pickle.loads(self._file.read_bytes())

    @property
    def _file(self) -> Path:
        return Path(self.setting.data) / FILE
