"""The lab's own chargers: the private link in both directions, leases, and what the journal keeps of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from msgspec import structs

from conformance.staging import Stage
from conformance.target import Target
from simulators.clock import pause
from simulators.journal.records import Exchange, Fact
from simulators.lab.client import Lab as Client
from simulators.lab.client import Unmet
from simulators.lab.lab import START_MS, Lab
from simulators.lab.leases import Leases, NothingToLend
from simulators.lab.setting import ChargerLink, CitySetting, LabError, LabSetting
from simulators.lab.verbs import VERBS, perform
from simulators.wire import faults
from simulators.wire.faults import FaultyServer
from simulators.world.city import CityContract, Socket
from tests.unit.city_lab import CONTRACT, SITE

ROOT = Path(__file__).parents[2]
SOCKETS = (
    Socket(id="DC-1", equipment="PILE-7", station="PLACE-3", power_w=60_000),
    Socket(id="DC-2", equipment="PILE-7", station="PLACE-3", power_w=60_000),
    Socket(id="DC-3", equipment="PILE-8", station="PLACE-3", power_w=60_000, bonus=False),
)


class Operator:
    """A server at the other end of the link: takes what chargers tell, unless it is ``away``."""

    greets: ClassVar[bool] = False

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.away = False
        self.pause_s = 0.0

    async def meet(self, line: faults.Line) -> bool:
        if self.away:
            return False
        head, _, body = line.request.partition(b"\r\n\r\n")
        assert head.startswith(b"POST /private/chargers HTTP/1.1")
        await pause(self.pause_s)
        self.told.append(json.loads(body))
        await line.say(faults.answer(b"whatever"))
        return True

    def heard(self, *events: str) -> list[dict[str, Any]]:
        return [told for told in self.told if told["event"] in events]


class Link:
    """A lab on a stepped clock, its chargers, and their operator."""

    def __init__(self, lab: Lab, operator: Operator, client: httpx.AsyncClient) -> None:
        self.lab, self.operator, self._client = lab, operator, client

    async def do(self, verb: str, /, **arguments: Any) -> Any:
        return await perform(self.lab, verb, arguments)

    async def call(self, path: str, document: Any = None, method: str = "POST") -> int:
        """Ask the lab over the link, as the server would."""
        assert self.lab.chargers is not None
        answer = await self._client.request(method, self.lab.chargers.url + path, json=document or {})
        return answer.status_code

    async def charging(self, charger: str = "DC-1", order: str = "O-1") -> None:
        await self.do("charger.plug", charger=charger)
        assert await self.call(f"/chargers/{charger}/start", {"order": order}) == 202
        await self.do("time.pass", seconds=3)

    def exchanges(self, actor: str) -> list[Exchange]:
        records = self.lab.journal.since(0)
        return [record for record in records if isinstance(record, Exchange) and record.actor == actor]

    def facts(self) -> list[Fact]:
        return [record for record in self.lab.journal.since(0) if isinstance(record, Fact)]


@asynccontextmanager
async def link(folder: Path, city: CitySetting) -> AsyncIterator[Link]:
    operator = Operator()
    async with FaultyServer(operator) as server, httpx.AsyncClient(trust_env=False) as client:
        base_url = f"http://127.0.0.1:{server.port}"
        lab = Lab(LabSetting(journal=folder / "journal.db", site=SITE, base_url=base_url, city=city))
        try:
            await lab.open()
            yield Link(lab, operator, client)
        finally:
            await lab.close()
            lab.journal.close()


def tell(folder: Path, story: Callable[[Link], Coroutine[Any, Any, None]], **changes: Any) -> None:
    contract = CityContract(
        platform_id=CONTRACT.platform_id,
        operator_id=CONTRACT.operator_id,
        platform_keys=CONTRACT.platform_keys,
        operator_keys=CONTRACT.operator_keys,
        sockets=(*CONTRACT.sockets[:3], *SOCKETS),
    )

    async def told() -> None:
        async with link(folder, CitySetting(contract=contract, **changes)) as place:
            await story(place)

    asyncio.run(asyncio.wait_for(told(), 30))


def test_the_server_starts_and_stops_and_is_told(tmp_path: Path) -> None:
    """Answered at once, done a few seconds later, told with the order, the register and the moment."""

    async def story(place: Link) -> None:
        await place.charging()
        await place.do("time.pass", seconds=57)
        assert await place.call("/chargers/DC-1/stop") == 202
        await place.do("time.pass", seconds=2)
        await place.do("charger.unplug", charger="DC-1")
        told = [(each["event"], each["order"], each["at_ms"] - START_MS) for each in place.operator.told]
        assert told == [
            ("plugged", None, 0),
            ("started", "O-1", 3_000),
            *(("sample", "O-1", 3_000 + 10_000 * number) for number in range(1, 6)),
            ("stopped", "O-1", 62_000),
            ("unplugged", None, 62_000),
        ]
        began, ended = place.operator.heard("started", "stopped")
        assert ended["register_wh"] - began["register_wh"] in range(850, 950)
        assert ended["reason"] == "platform"

    tell(tmp_path, story)


def test_the_journal_keeps_facts_and_exchanges(tmp_path: Path) -> None:
    """Facts by socket and order with their quantities; the link under "private", which no bench judges."""

    async def story(place: Link) -> None:
        await place.charging()
        await place.call("/chargers/DC-1/stop")
        await place.do("time.pass", seconds=2)
        keys = {"socket": "DC-1", "order": "O-1"}
        assert [(fact.what, fact.keys) for fact in place.facts()] == [
            ("plugged-in", {"socket": "DC-1"}),
            ("charging-began", keys),
            ("charging-ended", keys),
        ]
        ended = place.facts()[-1].values
        assert ended["register_wh"] == place.facts()[1].values["register_wh"] + ended["energy_wh"]
        assert (ended["reason"], ended["began_ms"]) == ("platform", START_MS + 3_000)
        asked = [(each.protocol, each.peer, each.operation, each.keys) for each in place.exchanges("sut")]
        assert asked == [("private", "charger DC-1", "start", keys), ("private", "charger DC-1", "stop", keys)]
        told = [(each.protocol, each.peer, each.operation) for each in place.exchanges("charger DC-1")]
        assert told == [("private", "sut", event) for event in ("plugged", "started", "stopped")]

    tell(tmp_path, story)


def test_no_protocol_time_passes_while_a_word_is_on_its_way(tmp_path: Path) -> None:
    """A server that is slow to take an event does not stretch the charge, nor does it hear of things out of order."""

    async def story(place: Link) -> None:
        place.operator.pause_s = 0.05
        await place.charging()
        await place.do("time.pass", seconds=30)
        assert [exchange.answered_at_ms - exchange.at_ms for exchange in place.exchanges("charger DC-1")] == [0] * 5
        assert [each["at_ms"] - START_MS for each in place.operator.told] == [0, 3_000, 13_000, 23_000, 33_000]

    tell(tmp_path, story)


def test_nobody_is_blamed_for_what_a_charger_does(tmp_path: Path) -> None:
    """Its facts have names that facts of charge boxes have, too; the rules of boxes pass them over, and so the link."""
    judge = Stage(target=Target.load(ROOT / "targets" / "reference.toml", {})).judge()

    async def story(place: Link) -> None:
        await place.charging()
        await place.do("charger.fault", charger="DC-1")
        await place.do("charger.network", charger="DC-1", up=False)
        await place.do("lab.rest")
        records = list(place.lab.journal.since(0))
        assert {"charging-began", "charging-ended", "error-occurred", "network-lost", "unplugged"} <= {
            fact.what for fact in place.facts()
        }
        assert [finding for record in records for finding in judge.observe(record)] == []
        assert [crash for world in judge.worlds.values() for bench in world.benches for crash in bench.crashes] == []

    tell(tmp_path, story)


@pytest.mark.parametrize(
    ("path", "document", "method", "status"),
    [
        ("/chargers/DC-9/start", {"order": "O-1"}, "POST", 404),
        ("/chargers/SOCKET-1/start", {"order": "O-1"}, "POST", 404),  # a charge box stands behind it
        ("/chargers/DC-1/unplug", {"order": "O-1"}, "POST", 404),
        ("/DC-1/start", {"order": "O-1"}, "POST", 404),
        ("/chargers/DC-1/start", {}, "POST", 400),
        ("/chargers/DC-1/start", ["O-1"], "POST", 400),
        ("/chargers/DC-1/start", {"order": 1}, "POST", 400),
        ("/chargers/DC-1/start", {"order": "O-1"}, "GET", 405),
        ("/chargers/DC%2D1/start", {"order": "O-1"}, "POST", 202),
    ],
)
def test_the_link_takes_starts_of_its_own_chargers(
    tmp_path: Path, path: str, document: Any, method: str, status: int
) -> None:
    """404 for what is unknown, 400 without an order; only what was taken is done."""

    async def story(place: Link) -> None:
        await place.do("charger.plug", charger="DC-1")
        assert await place.call(path, document, method) == status
        await place.do("time.pass", seconds=3)
        assert (await place.do("charger.state", charger="DC-1"))["charging"] is (status == 202)

    tell(tmp_path, story)


def test_who_is_out_of_reach_cannot_be_asked(tmp_path: Path) -> None:
    """409 while offline; afterwards what happened meanwhile is told with its own moments."""

    async def story(place: Link) -> None:
        await place.charging()
        await place.do("charger.network", charger="DC-1", up=False)
        assert await place.call("/chargers/DC-1/stop") == 409
        await place.do("time.pass", seconds=60)
        await place.do("charger.user_stop", charger="DC-1")
        await place.do("time.pass", seconds=60)
        assert [each["event"] for each in place.operator.told] == ["plugged", "started", "offline"]
        await place.do("charger.network", charger="DC-1", up=True)
        online, stopped = place.operator.told[-2:]
        assert (online["event"], stopped["event"], stopped["reason"]) == ("online", "stopped", "user")
        assert online["at_ms"] - stopped["at_ms"] == 60_000

    tell(tmp_path, story)


def test_what_nobody_took_is_told_when_somebody_does(tmp_path: Path) -> None:
    """A server that is down misses samples, which would be stale, and nothing else; then it is told how all stands."""

    async def story(place: Link) -> None:
        await place.charging()
        place.operator.away = True
        await place.do("time.pass", seconds=20)
        await place.do("charger.fill_up", charger="DC-1")
        place.operator.away = False
        assert [each["event"] for each in place.operator.told] == ["plugged", "started"]
        assert place.lab.chargers is not None
        await place.lab.chargers.report()
        own = [each["event"] for each in place.operator.told if each["charger"] == "DC-1"]
        assert own == ["plugged", "started", "stopped", "online", "plugged"]
        assert {each["charger"] for each in place.operator.told} == {"DC-1", "DC-2", "DC-3"}

    tell(tmp_path, story)


def test_starts_come_about_as_planned(tmp_path: Path) -> None:
    """A planned failure is told as such; a slow charger takes its time."""

    async def story(place: Link) -> None:
        await place.do("charger.fail_next_start", charger="DC-1", error="contactor stuck")
        await place.charging()
        assert [each["error"] for each in place.operator.heard("start-failed")] == ["contactor stuck"]
        await place.do("charger.slow_start", charger="DC-1", seconds=25)
        await place.call("/chargers/DC-1/start", {"order": "O-2"})
        await place.do("time.pass", seconds=24)
        assert place.operator.heard("started") == []
        await place.do("time.pass", seconds=1)
        assert [each["order"] for each in place.operator.heard("started")] == ["O-2"]

    tell(tmp_path, story)


def test_rest_brings_everything_back(tmp_path: Path) -> None:
    """Charges end, faults are mended, plugs drawn, lines whole, leases given back."""

    async def story(place: Link) -> None:
        await place.charging()
        await place.do("charger.lease", bonus=False)
        await place.do("charger.fault", charger="DC-2", error="broken")
        await place.do("charger.network", charger="DC-3", up=False)
        assert await place.do("lab.rest") == {"left": []}
        assert [each["reason"] for each in place.operator.heard("stopped")] == ["user"]
        for charger in ("DC-1", "DC-2", "DC-3"):
            state = await place.do("charger.state", charger=charger)
            assert (state["online"], state["error"], state["plugged"], state["charging"]) == (True, "", False, False)
        assert (await place.do("charger.lease", bonus=False))["id"] == "DC-3"
        before = len(place.operator.told)
        await place.do("lab.rest")
        assert len(place.operator.told) == before

    tell(tmp_path, story)


def test_a_lab_without_chargers_says_so(tmp_path: Path) -> None:
    """Where none can be moved from here there is no link, nothing to lend, and no such charger."""

    async def story(place: Link) -> None:
        assert place.lab.chargers is None
        with pytest.raises(LabError, match="no charger 'DC-1' of the lab's own; there are none"):
            await place.do("charger.plug", charger="DC-1")
        with pytest.raises(NothingToLend, match="the target has no charger of the lab's own"):
            await place.do("charger.lease")
        await place.do("time.pass", seconds=1)
        await place.do("lab.rest")

    tell(tmp_path, story, chargers=None)


def test_a_link_that_cannot_be_had_is_misuse(tmp_path: Path) -> None:
    async def story() -> None:
        async with FaultyServer(Operator()) as taken:
            there = ChargerLink(listen_port=taken.port)
            contract = CitySetting(contract=CONTRACT, chargers=there)
            with pytest.raises(LabError, match=rf"pixit.beijing.charger_link: 127.0.0.1:{taken.port}: "):
                async with link(tmp_path, contract):
                    pass

    asyncio.run(story())


# Leases


def test_chargers_are_lent_once_at_a_time() -> None:
    """By what their equipment claims, or beside another one; whoever waited longest is next."""
    leases = Leases(SITE, chargers=SOCKETS)
    assert leases.charger(bonus=False).id == "DC-3"
    first = leases.charger(bonus=True)
    assert leases.charger(equipment=first.equipment).id == "DC-2"
    with pytest.raises(NothingToLend, match=r"needs 4 chargers of the lab's own at once, the target has 3"):
        leases.charger()
    with pytest.raises(NothingToLend, match=r"no charger of the lab's own at equipment PILE-9: name one in"):
        leases.charger(equipment="PILE-9")
    leases.release()
    assert leases.charger().id == "DC-3"


def test_several_labs_share_them_out() -> None:
    assert [Leases(SITE, part, 2, chargers=SOCKETS).charger().id for part in (0, 1)] == ["DC-1", "DC-2"]


# The client


class Steered:
    """A transport that answers as told and remembers what was asked."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def ask(self, verb: str, arguments: dict[str, Any]) -> Any:
        self.asked.append((verb, arguments))
        lent = {"id": "DC-1", "equipment": "PILE-7", "station": "PLACE-3", "bonus": True}
        return lent if verb == "charger.lease" else self.state


def test_each_word_of_the_client_is_a_verb_of_the_lab() -> None:
    """What a scenario can say, the lab can do; and the lab's verbs tell what they are for."""
    transport = Steered({"charging": True, "order": "O-1"})
    charger = Client(transport).charger(bonus=True).plugged()
    charger.fault("broken")
    charger.clear()
    charger.offline()
    charger.online()
    charger.fail_next_start()
    charger.slow_start(20)
    charger.user_start()
    charger.user_stop()
    charger.fill_up()
    charger.unplug()
    charger.charging("O-1")
    asked = {verb for verb, _ in transport.asked}
    assert asked == {verb for verb in VERBS if verb.startswith("charger.")}
    assert all(VERBS[verb].__doc__ for verb in asked)
    assert transport.asked[0] == ("charger.lease", {"bonus": True})


def test_a_scenario_goes_on_whatever_the_server_calls_the_order() -> None:
    """The name of an order on the link is the server's own affair."""
    Client(Steered({"charging": True, "order": "O-2"})).charger().charging("O-1")


def test_a_scenario_ends_where_the_server_started_nothing() -> None:
    charger = Client(Steered({"charging": False, "order": ""})).charger()
    with pytest.raises(Unmet, match="charger DC-1 does not charge for order O-1"):
        charger.charging("O-1")


# The target file


def test_the_reference_has_chargers_of_the_lab() -> None:
    """A third station of direct current: three plugs at two equipments, one without the bonus."""
    city = Stage(target=Target.load(ROOT / "targets" / "reference.toml", {})).lab_setting(Path("journal.db")).city
    assert city is not None
    assert [(socket.station, socket.power_w, socket.bonus) for socket in city.charger_sockets] == [
        ("ST-0003", 60_000, True),
        ("ST-0003", 60_000, True),
        ("ST-0003", 60_000, False),
    ]
    assert len({socket.equipment for socket in city.charger_sockets}) == 2


@pytest.mark.parametrize(
    ("start", "told", "listening"),
    [
        ("reference", {}, ChargerLink()),
        ("reference", {"chargers": "none"}, None),
        (None, {}, None),
        (["./server"], {}, None),
        (None, {"chargers": "lab", "charger_link": "http://127.0.0.1:9200"}, ChargerLink(listen_port=9200)),
    ],
)
def test_who_has_no_link_has_no_chargers_of_the_lab(
    start: str | list[str] | None, told: dict[str, str], listening: ChargerLink | None
) -> None:
    """A server that we start is told where the link is; any other must say that it knows one."""
    target = Target.load(ROOT / "targets" / "reference.toml", {})
    assert target.pixit.beijing is not None
    keys = structs.replace(target.pixit.beijing, platform_keys=CONTRACT.platform_keys, **told)
    target = structs.replace(target, start=start, pixit=structs.replace(target.pixit, beijing=keys))
    city = Stage(target=target).lab_setting(Path("journal.db")).city
    assert city is not None
    assert city.chargers == listening
    assert len(city.charger_sockets) == (3 if listening else 0)
