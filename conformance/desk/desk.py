"""One sitting at the desk: a lab with the platform, a question or two, and an ear for what is pushed meanwhile.

Everything is heard from the journal, which is that of any other run: ``chargeproof judge`` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeGuard

from conformance.asked import Asked, Misuse
from conformance.beijing.asking import LONG_AGO, in_batches
from conformance.desk.notebook import Notebook
from conformance.desk.wrongs import wrongs
from conformance.ending import Terminated
from conformance.places import new_folder, point_latest
from conformance.rules.beijing.spoken import Spoken
from conformance.staging import Stage
from simulators.beijing.dialect import Dialect, Readings
from simulators.beijing.messages import Content, Interface
from simulators.beijing.peer import PROTOCOL
from simulators.journal.reading import read
from simulators.journal.records import Exchange, Record
from simulators.lab.city_client import Told
from simulators.lab.client import Box, Lab
from simulators.lab.leases import NothingToLend
from simulators.lab.running import RunningLab

ORDERS = frozenset({Interface.NOTIFICATION_CHARGE_ORDER_INFO, Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS})
LOOK_EVERY_S = 1
ORDER_WITHIN_S = 150  # after the bill (seed 1.1.13)
HURRIED_S = 5  # docker stop kills 10 s after its SIGTERM
PAGE_SIZE, MOST_PAGES = 10, 100
MOST_STATIONS = 50  # in one query_station_status (5.4)

Tell = Callable[[Spoken], None]


class Desk:
    """Asks as the city, and tells of every exchange as it comes."""

    def __init__(self, stage: Stage, running: RunningLab, notebook: Notebook, folder: Path, tell: Tell) -> None:
        self.lab, self.city = Lab(running), Lab(running).city
        self.notebook = notebook
        self.wrong = False  # something that was heard is not as it should be, or was refused
        self.begun: set[str] = set()
        self.billed: set[str] = set()
        self.cut_short = ""  # the order for which nobody waited any longer
        self.interrupted = False  # the last time that somebody watched
        self.hurried = False  # by who kills us if it takes long
        self.folder = folder
        self._stage, self._running, self._tell = stage, running, tell
        self._dialect = _dialect(stage)
        self._heard = 0

    # Asking

    def fetch_token(self) -> bool:
        """The operator's token, without which nothing else is answered."""
        return self._succeeded(self.city.fetch_token())

    def ask(self, interface: Interface, content: Content) -> Content | None:
        """One question; its answer where it is a good one."""
        told = self.city.ask(interface, content)
        return told.content if self._succeeded(told) else None

    def _succeeded(self, told: Told) -> bool:
        self.hear()
        self.wrong = self.wrong or not told.succeeded
        return told.succeeded

    def stations(self) -> None:
        """All stations, page by page, and the states of their connectors."""
        ids: list[str] = []
        for page in range(1, MOST_PAGES + 1):
            question = {"LastQueryTime": LONG_AGO, "PageNo": page, "PageSize": PAGE_SIZE}
            told = self.ask(Interface.QUERY_STATIONS_INFO, question)
            ids += _station_ids(told)
            if told is None or not _goes_on(told, page):
                break
        for batch in in_batches(ids, MOST_STATIONS):
            self.ask(Interface.QUERY_STATION_STATUS, {"StationIDs": batch})

    def check(self, connector: str) -> None:
        """May a charge begin there, and what does it cost."""
        for interface, number in (
            (Interface.QUERY_EQUIP_AUTH, "EquipAuthSeq"),
            (Interface.QUERY_EQUIP_BUSINESS_POLICY, "EquipBizSeq"),
        ):
            self.ask(interface, {number: self.city.next_number(), "ConnectorID": connector})

    def start(self, connector: str) -> str:
        """Start a charge; its number, empty where the server refused."""
        number = self._new_order(connector)
        return number if self._start(number, connector) else ""

    @contextmanager
    def charge(self, connector: str) -> Iterator[str]:
        """Start a charge, and stop it whatever happens meanwhile; gives its number, empty where the server refused."""
        number = self._new_order(connector)
        accepted = True  # until the server says otherwise: what is not answered may yet run
        try:
            accepted = self._start(number, connector)
            yield number if accepted else ""
        finally:
            if accepted:
                self.stop(number, connector)

    def _new_order(self, connector: str) -> str:
        number = self.city.next_number()
        self.begun.add(number)
        self.notebook.begun(number, connector, self._stage.target.name)  # before: what is not answered may yet run
        return number

    def _start(self, number: str, connector: str) -> bool:
        question = {"StartChargeSeq": number, "ConnectorID": connector, "QRCode": ""}
        return self.ask(Interface.QUERY_START_CHARGE, question) is not None

    def status(self, number: str) -> bool:
        """How a charge stands; False where the server does not say."""
        return self.ask(Interface.QUERY_EQUIP_CHARGE_STATUS, {"StartChargeSeq": number}) is not None

    def stop(self, number: str, connector: str) -> bool:
        """Stop a charge; False where the server refused."""
        question = {"StartChargeSeq": number, "ConnectorID": connector}
        return self.ask(Interface.QUERY_STOP_CHARGE, question) is not None

    # What else there is around a server that we start

    @property
    def starts_its_server(self) -> bool:
        """The server lives as long as the sitting, and knows nothing of those before."""
        return bool(self._stage.sut) or self._stage.target.start is not None

    def bring_a_vehicle(self, connector: str) -> None:
        """Plug one in there, where what stands behind the connector is the lab's own."""
        socket = next((socket for socket in self.city.sockets() if socket.id == connector), None)
        if socket is None or not self.starts_its_server:
            return
        if not socket.box:
            self.lab.do("charger.plug", charger=connector)
        elif (box := self._box(socket.box)) is not None and box.boot():
            box.show("Occupied", socket.connector)
        self.watch(LOOK_EVERY_S)

    def _box(self, serial: str) -> Box | None:
        with suppress(NothingToLend):
            while (box := self.lab.box()).serial != serial:
                pass
            return box
        return None

    # Listening

    def watch(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Tell of what comes for so long, or until something has come about; True when it has. Ctrl-C ends it, too."""
        end_ms = self.lab.now_ms() + round(seconds * 1000)
        self.interrupted = False
        try:
            while not until() and (left_ms := end_ms - self.lab.now_ms()) > 0:
                self.lab.pass_time(min(LOOK_EVERY_S, left_ms / 1000))
                self.hear()
        except KeyboardInterrupt as end:
            self.interrupted, self.hurried = True, isinstance(end, Terminated)
        self.hear()
        return until()

    def wait_for_order(self, number: str, seconds: float) -> bool:
        """Until the order of a charge was taken; who is interrupted before does not know whether it comes."""
        if self.watch(seconds, lambda: number in self.billed):
            return True
        if self.interrupted or self.hurried:
            self.cut_short = number
        else:
            self.wrong = True
        return False

    def hear(self) -> None:
        """Tell of every exchange since the last time."""
        for record in self._running.journal.since(self._heard):
            self._heard = record.seq
            if _is_city(record) and not record.resent:
                self._take(Spoken(record, self._dialect))

    def _take(self, spoken: Spoken) -> None:
        self.wrong = self.wrong or bool(wrongs(spoken))
        if spoken.taken and spoken.interface in ORDERS:
            self.billed.add(spoken.order)
            connector = str((spoken.asked or {}).get("ConnectorID", ""))
            self.notebook.billed(spoken.order, connector, self._stage.target.name, self.folder.name)
        self._tell(spoken)


def earlier_orders(stage: Stage, out: Path, number: str) -> Iterator[Spoken]:
    """The orders of that number that earlier sittings took, out of their journals."""
    kept, dialect = Notebook(out).orders.get(number), _dialect(stage)
    for run in kept.billed_in if kept else ():
        if (journal := out / run / "journal.db").is_file():
            spoken = [Spoken(record, dialect) for record in read(journal) if _is_city(record)]
            yield from (each for each in spoken if each.taken and each.interface in ORDERS and each.order == number)


@contextmanager
def sitting(
    asked: Asked, stage: Stage, out: Path, tell: Tell, *, clock: str, effects: frozenset[str]
) -> Iterator[Desk]:
    """Open the platform of a target, with the lab around it where we start the server; end what is open at the end.

    ``clock`` is for a server that we start. Raises Misuse where the target claims no city, or does not allow it.
    """
    _allow(stage, effects)
    folder = new_folder(out)
    setting = stage.lab_setting(folder / "journal.db")
    setting = replace(setting, clock=clock) if setting.clock == "stepped" else setting
    with RunningLab(setting) as running:
        point_latest(folder)
        desk = Desk(stage, running, Notebook(out), folder, tell)
        desk.lab.do("lab.step", what="run-began", values=stage.recorded(asked.rows(stage.target), asked.words))
        try:
            yield desk
        finally:
            left = desk.lab.do("lab.rest")["left"]
            desk.hear()
            desk.lab.do("lab.step", what="left-open", values={"left": left})
        desk.lab.do("lab.step", what="run-ended")


def _allow(stage: Stage, effects: frozenset[str]) -> None:
    target = stage.target
    if not stage.has("beijing"):
        raise Misuse(f"{target.path}: {target.name} claims no city; say beijing = true in [pics], and [pixit.beijing]")
    if lacking := sorted(effects - target.effects):
        raise Misuse(f"{target.path}: target.effects does not allow {', '.join(lacking)}, which this command does")


def _dialect(stage: Stage) -> Dialect:
    return Dialect(Readings.parse(stage.lab_setting(Path()).readings))


def _is_city(record: Record) -> TypeGuard[Exchange]:
    return isinstance(record, Exchange) and record.protocol == PROTOCOL


def _station_ids(told: Content | None) -> list[str]:
    stations: Any = (told or {}).get("StationInfos")
    ids = [each.get("StationID") for each in stations if isinstance(each, dict)] if isinstance(stations, list) else []
    return [each for each in ids if isinstance(each, str)]


def _goes_on(told: Content, page: int) -> bool:
    count = told.get("PageCount")
    return isinstance(count, int) and page < count
