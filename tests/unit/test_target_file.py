"""A mistake in a target file is named: its key, what was found, what would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.target import Target
from conformance.target_file import Mistake, TargetError
from simulators.evchong.dialect import READINGS

MINIMAL = """
[target]
name = "mine"
[pics]
evchong = true
[pixit.evchong]
base_url = "https://sut.example"
[[pixit.evchong.box]]
serial = "CB-1"
station = "ST-1"
[[pixit.station]]
id = "ST-1"
"""

MORE = """
[pixit.clock]
kind = "scaled"
rate = 20
start = 2026-03-02T00:00:00+08:00
origin = 2026-11-21T10:00:00+08:00
[[pixit.tariff]]
stations = ["ST-1"]
periods = [{ start = "00:00", electricity_price_e4 = 3000, service_price_e4 = 8000 }]
[[accepted]]
id = "EVC-1.6-d"
verdict = "fail"
reason = "next release"
expires = 2027-01-31
"""
CITY = """
[pixit.beijing]
platform_id = "MA0CITY01"
operator_id = "MA0MINE01"
base_url = "https://sut.example/evcs/v1"
listen = "http://127.0.0.1:9100"
[pixit.beijing.platform_keys]
operator_secret = "OOOOOOOOOOOOOOOO"
data_secret = "DDDDDDDDDDDDDDDD"
data_secret_iv = "IIIIIIIIIIIIIIII"
sig_secret = "SSSSSSSSSSSSSSSS"
[[pixit.beijing.connector]]
id = "11010500101"
equipment = "110105001"
station = "ST-1"
box = "CB-1"
"""
ENVIRON = {"TOKEN": "s3cret-t0ken"}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Where a test writes its target file."""
    return tmp_path / "mine.toml"


def load(path: Path, text: str, **tables: Any) -> Target:
    path.write_text(text, encoding="utf-8")
    return Target.load(path, ENVIRON, **tables)


def mistakes(path: Path, text: str, **tables: Any) -> list[Mistake]:
    with pytest.raises(TargetError) as refused:
        load(path, text, **tables)
    assert refused.value.file == str(path)
    return list(refused.value.mistakes)


# Secrets


def test_a_mistake_shows_what_the_file_says_and_not_the_secret(written: Path) -> None:
    """The value that breaks the schema came from the environment; the message quotes the file."""
    text = MINIMAL.replace("https://sut.example", "${TOKEN}")
    assert mistakes(written, text) == [
        Mistake("pixit.evchong.base_url", '"${TOKEN}"', 'something like "https://charging.example:8443" would do')
    ]


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, "${TOKEN}, which is not set in the environment"),
        ({"TOKEN": ""}, "${TOKEN}, which is empty in the environment"),
    ],
)
def test_a_missing_secret_names_key_and_variable(written: Path, environ: dict[str, str], found: str) -> None:
    surface = 'kind = "http"\nurl = "https://x/"\nheaders = { "X-Key" = "${TOKEN}" }\nbody = [{ "a b" = "${TOKEN}" }]'
    written.write_text(f"{MINIMAL}[surfaces.orders]\n{surface}\n", encoding="utf-8")
    with pytest.raises(TargetError) as refused:
        Target.load(written, environ)
    remedy = "set the environment variable TOKEN"
    assert refused.value.mistakes == (
        Mistake("surfaces.orders.headers.X-Key", found, remedy),
        Mistake('surfaces.orders.body[0]."a b"', found, remedy),
    )


@pytest.mark.parametrize("broken", ["${TOKEN", "${}", "${MY TOKEN}"])
def test_a_broken_variable_is_not_passed_on_as_text(written: Path, broken: str) -> None:
    text = MINIMAL.replace('name = "mine"', f'name = "{broken}"')
    assert mistakes(written, text) == [
        Mistake("target.name", broken, "write ${NAME}, the name of an environment variable")
    ]


# Files that are no target files


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "staging.toml").touch()
    with pytest.raises(TargetError) as refused:
        Target.load(tmp_path / "stagin.toml", {})
    assert refused.value.mistakes == (
        Mistake("", "no such file", f'did you mean "staging.toml"? {tmp_path} has staging.toml'),
    )


def test_a_missing_folder_points_to_the_example(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"no such file; name a target file, such as .* targets/example\.toml"):
        Target.load(tmp_path / "nowhere" / "x.toml", {})


def test_a_folder_is_no_target_file(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="the file: found a folder"):
        Target.load(tmp_path, {})


def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    """A path below a file cannot be read by anybody, root included."""
    (tmp_path / "file").touch()
    with pytest.raises(TargetError, match=r"found no way to read it \(Not a directory\)"):
        Target.load(tmp_path / "file" / "x.toml", {})


def test_no_toml_names_the_line(written: Path) -> None:
    with pytest.raises(TargetError, match=r"found no TOML: .*at line 2, column"):
        load(written, "[target]\nname =\n")


def test_bytes_that_are_no_utf8_are_refused(written: Path) -> None:
    written.write_bytes(b'[target]\nname = "\xff"\n')
    with pytest.raises(TargetError, match="no UTF-8, at byte 17"):
        Target.load(written, {})


# Mistakes in the file

BREAKS_SCHEMA = {
    "misspelt key": (
        ("evchong = true", "evchnog = true"),
        'pics.evchnog: found an unknown key; did you mean "evchong"? '
        "known here: evchong, beijing, tomda, parking, claims",
    ),
    "unknown table": (
        ("[pixit.evchong]", "[pixit.tomda]\n[pixit.evchong]"),
        "pixit.tomda: found an unknown key; "
        "known here: utc_offset_minutes, clock, evchong, beijing, card, station, tariff",
    ),
    "key in a list": (
        ('station = "ST-1"', 'station = "ST-1"\nconnector = [1]'),
        'pixit.evchong.box[0].connector: found an unknown key; did you mean "connectors"? '
        "known here: serial, station, connectors, heartbeat_interval_s, meter, max_power_w",
    ),
    "missing key": (
        ('name = "mine"', ""),
        "target.name: found nothing; it has to be there: what the server is called in reports",
    ),
    "wrong type": (('"CB-1"', "17"), "pixit.evchong.box[0].serial: found 17; a string would do"),
    "fraction of a number": (
        ('station = "ST-1"', 'station = "ST-1"\nheartbeat_interval_s = 10.0'),
        "pixit.evchong.box[0].heartbeat_interval_s: found 10.0; a whole number would do",
    ),
    "address with a line end": (
        ("sut.example", "sut.example\\n"),
        'pixit.evchong.base_url: found "https://sut.example\\n"; '
        'something like "https://charging.example:8443" would do',
    ),
    "infinite number": (
        ("[[pixit.station]]", "[limits]\npush_at_once_s = inf\n[[pixit.station]]"),
        'limits.push_at_once_s: found "inf"; a number would do',
    ),
    "two types": (
        ("evchong = true", 'evchong = true\nparking = "yes"'),
        'pics.parking: found "yes"; true or false or a table would do',
    ),
    "misspelt value": (
        ('name = "mine"', 'name = "mine"\neffects = ["read"]'),
        'target.effects[0]: found "read"; did you mean "reads"? '
        'one of "reads", "opens-session", "bills", "faults", "floods" would do',
    ),
    "plain http": (
        ("https://sut", "http://sut"),
        'pixit.evchong.base_url: found "http://sut.example"; something like "https://charging.example:8443" would do',
    ),
    "port too large": (
        ("[[pixit.evchong", "plain_http = [80, 65536]\n[[pixit.evchong"),
        "pixit.evchong.plain_http[1]: found 65536; 65535 or less would do",
    ),
    "connector 0": (
        ('station = "ST-1"', 'station = "ST-1"\nconnectors = [0]'),
        "pixit.evchong.box[0].connectors[0]: found 0; 1 or more would do",
    ),
    "connector twice": (
        ('station = "ST-1"', 'station = "ST-1"\nconnectors = [1, 1]'),
        "pixit.evchong.box[0].connectors: found [1, 1]; each only once",
    ),
    "no connector": (
        ('station = "ST-1"', 'station = "ST-1"\nconnectors = []'),
        "pixit.evchong.box[0].connectors: found []; it must not be empty",
    ),
    "no tolerance": (
        ("[[pixit.evchong", "time_tolerance_s = 0\n[[pixit.evchong"),
        "pixit.evchong.time_tolerance_s: found 0; more than 0 would do",
    ),
    "serial too long": (
        ('"CB-1"', f'"{"C" * 26}"'),
        f'pixit.evchong.box[0].serial: found "{"C" * 26}"; at most 25 characters would do',
    ),
    "long value": (
        ('"CB-1"', f'"{"C" * 100}"'),
        f'pixit.evchong.box[0].serial: found "{"C" * 76}...; at most 25 characters would do',
    ),
    "reading of no row": (
        ("[pics]", '[readings]\n"EVC X1" = "form"\n[pics]'),
        'readings."EVC X1": found an unknown key; keys here look like ^[A-Z]{2,3}-X[1-9][0-9]*$',
    ),
    "option of none": (
        ("evchong = true", "evchong = true\nparking = { gate = 1 }"),
        "pics.parking.gate: found an unknown key; this table takes no keys",
    ),
    "surface without kind": (
        ("[pics]", '[surfaces.orders]\nurl = "https://x"\n[pics]'),
        "surfaces.orders.kind: found nothing; it has to be there: how it is done",
    ),
    "key of another kind of surface": (
        ("[pics]", '[surfaces.orders]\nkind = "hand"\nurl = "https://x"\n[pics]'),
        "surfaces.orders.url: found an unknown key; known here: kind, prompt",
    ),
    "table instead of a list": (
        ("[[pixit.station]]", "[pixit.station]"),
        "pixit.station: found a table; a list would do",
    ),
}


@pytest.mark.parametrize(("change", "said"), BREAKS_SCHEMA.values(), ids=BREAKS_SCHEMA.keys())
def test_a_break_of_the_schema_names_key_found_and_remedy(written: Path, change: tuple[str, str], said: str) -> None:
    assert [str(mistake) for mistake in mistakes(written, MINIMAL.replace(*change))] == [said]


COMMAND = 'start = ["./serve"]\n[pics]\nevchong = true\n[pixit.evchong]'
BREAKS_SENSE = {
    "box twice": (
        ("[[pixit.station]]", '[[pixit.evchong.box]]\nserial = "CB-1"\nstation = "ST-1"\n[[pixit.station]]'),
        'pixit.evchong.box[1].serial: found "CB-1", which pixit.evchong.box[0] has too; each only once',
    ),
    "card twice": (
        ("[[pixit.station]]", '[[pixit.card]]\nid_token = "C"\n[[pixit.card]]\nid_token = "C"\n[[pixit.station]]'),
        'pixit.card[1].id_token: found "C", which pixit.card[0] has too; each only once',
    ),
    "unknown station": (
        ('station = "ST-1"', 'station = "ST-7"'),
        'pixit.evchong.box[0].station: found "ST-7", a station that is not in the file; '
        'did you mean "ST-1"? known are ST-1',
    ),
    "no stations": (
        ('[[pixit.station]]\nid = "ST-1"', ""),
        'pixit.evchong.box[0].station: found "ST-1", a station that is not in the file; there is no [[pixit.station]]',
    ),
    "registered as unregistered": (
        ("[[pixit.evchong", 'unregistered_serial = "CB-1"\n[[pixit.evchong'),
        'pixit.evchong.unregistered_serial: found "CB-1", which is one of the boxes; '
        "name a serial that is no registered box",
    ),
    "no box": (
        ('[[pixit.evchong.box]]\nserial = "CB-1"\nstation = "ST-1"', ""),
        "pixit.evchong.box: found no charge box; evchong is claimed, so name at least one box",
    ),
    "no way to it": (
        ('base_url = "https://sut.example"', ""),
        "pixit.evchong.base_url: found neither base_url nor target.start; "
        'say where the server listens; only start = "reference" does without',
    ),
    "free port elsewhere": (
        ("[[pixit.evchong", "plain_http = [0]\n[[pixit.evchong"),
        "pixit.evchong.plain_http: found [0]; "
        'port 0 is for start = "reference"; name the ports that could answer plain HTTP',
    ),
    "no such port": (
        ("sut.example", "sut.example:84430"),
        'pixit.evchong.base_url: found "https://sut.example:84430"; a port from 0 to 65535 would do',
    ),
    "a single socket that is not number 1": (
        ('serial = "CB-1"', 'serial = "CB-1"\nconnectors = [5]'),
        "pixit.evchong.box[0].connectors: found [5]; a box with a single socket numbers it 1; of one that has more, "
        "name them all",
    ),
    "an address with a password": (
        ("sut.example", "joe:secret@sut.example"),
        "pixit.evchong.base_url: found a user or a password; "
        "leave out what stands before the @: no clause knows of it, and it is not sent",
    ),
    "no such CA file": (
        ("[[pixit.evchong", 'verify = "sytem"\n[[pixit.evchong'),
        'pixit.evchong.verify: found "sytem", and there is no such file; did you mean "system"? '
        '"none", "system" or the path of a CA file would do',
    ),
    "stepped elsewhere": (
        ("[pixit.evchong]", '[pixit.clock]\nkind = "stepped"\n[pixit.evchong]'),
        'pixit.clock.kind: found "stepped" without target.start; '
        'a stepped clock is for start = "reference"; "real" or "scaled" would do',
    ),
    "stepped command": (
        ("[pics]", 'start = ["./serve"]\n[pixit.clock]\nkind = "stepped"\n[pics]'),
        'pixit.clock.kind: found "stepped" for a command, which has its own time; '
        'a stepped clock is for start = "reference"; "real" or "scaled" would do',
    ),
    "command that listens somewhere": (
        ('[pics]\nevchong = true\n[pixit.evchong]\nbase_url = "https://sut.example"', COMMAND),
        "pixit.evchong.base_url: found no base_url; "
        'say where the server listens; only start = "reference" does without',
    ),
    "scaled without rate": (
        ("[pixit.evchong]", '[pixit.clock]\nkind = "scaled"\n[pixit.evchong]'),
        "pixit.clock.rate: found no rate; say how many protocol seconds pass in a real second",
    ),
    "scaled from nowhere": (
        ("[pixit.evchong]", '[pixit.clock]\nkind = "scaled"\nrate = 2\norigin = 2026-03-02T08:00:00Z\n[pixit.evchong]'),
        "pixit.clock: found only one of start and origin; a scaled clock takes both or none",
    ),
    "rate of a real clock": (
        ("[pixit.evchong]", "[pixit.clock]\nrate = 20\n[pixit.evchong]"),
        "pixit.clock.rate: found 20, which a real clock does not have; leave it out",
    ),
    "command in one string": (
        ('name = "mine"', 'name = "mine"\nstart = "refrence"'),
        'target.start: found "refrence"; did you mean "reference"? '
        '"reference", "module:Class", or a command as a list of words would do',
    ),
    "surface of ours": (
        ("[pics]", '[surfaces.orders]\nkind = "reference"\n[pics]'),
        'surfaces.orders.kind: found "reference"; '
        'only start = "reference" has that app API; "http", "python" or "hand" would do',
    ),
}


@pytest.mark.parametrize(("change", "said"), BREAKS_SENSE.values(), ids=BREAKS_SENSE.keys())
def test_parts_that_disagree_are_named(written: Path, change: tuple[str, str], said: str) -> None:
    assert [str(mistake) for mistake in mistakes(written, MINIMAL.replace(*change))] == [said]


BREAKS_FULL = {
    "day": (
        ("expires = 2027-01-31", 'expires = "31.1.2027"'),
        'accepted[0].expires: found "31.1.2027"; a day such as 2027-01-31 would do',
    ),
    "day that only some readers know": (
        ("expires = 2027-01-31", 'expires = "20270131"'),
        'accepted[0].expires: found "20270131"; a day such as 2027-01-31 would do',
    ),
    "moment without offset": (
        ("2026-03-02T00:00:00+08:00", "2026-03-02T00:00:00"),
        'pixit.clock.start: found "2026-03-02T00:00:00"; '
        "a moment with its offset, such as 2026-03-02T08:00:00+08:00, would do",
    ),
    "day that begins late": (
        ('start = "00:00"', 'start = "06:00"'),
        'pixit.tariff[0].periods[0].start: found "06:00"; the first period begins at 00:00',
    ),
    "periods out of order": (
        (
            "service_price_e4 = 8000 }]",
            'service_price_e4 = 8000 }, { start = "00:00", electricity_price_e4 = 1, service_price_e4 = 1 }]',
        ),
        'pixit.tariff[0].periods[1].start: found "00:00"; a time after 00:00 would do',
    ),
    "tariff of an unknown station": (
        ('stations = ["ST-1"]', 'stations = ["ST-1", "XX"]'),
        'pixit.tariff[0].stations[1]: found "XX", a station that is not in the file; known are ST-1',
    ),
}


@pytest.mark.parametrize(("change", "said"), BREAKS_FULL.values(), ids=BREAKS_FULL.keys())
def test_times_and_tariffs_are_checked(written: Path, change: tuple[str, str], said: str) -> None:
    assert [str(mistake) for mistake in mistakes(written, (MINIMAL + MORE).replace(*change))] == [said]


BREAKS_READINGS = {
    "misspelt reading": (
        'EVC-X1 = "from"',
        'readings.EVC-X1: found "from"; did you mean "form"? one of "form", "json" would do',
    ),
    "no interval": (
        'EVC-X21 = "0"',
        'readings.EVC-X21: found "0"; did you mean "10"? one of "10", "a whole number of seconds from 1" would do',
    ),
    "row without readings": (
        'EVC-X7 = "form"',
        f"readings.EVC-X7: found a row that has no readings; rows with readings are {', '.join(READINGS)}",
    ),
}


@pytest.mark.parametrize(("line", "said"), BREAKS_READINGS.values(), ids=BREAKS_READINGS.keys())
def test_readings_are_looked_up_in_the_table(written: Path, line: str, said: str) -> None:
    text = f"{MINIMAL}[readings]\n{line}\n"
    assert load(written, text).readings != {}
    assert [str(mistake) for mistake in mistakes(written, text, reading_table=READINGS)] == [said]


def test_readings_that_the_table_has_are_taken(written: Path) -> None:
    text = f'{MINIMAL}[readings]\nEVC-X1 = "json"\nEVC-X21 = "15"\n'
    assert load(written, text, reading_table=READINGS).readings == {"EVC-X1": "json", "EVC-X21": "15"}


def test_claims_and_accepted_rows_are_looked_up_in_the_ledger(written: Path) -> None:
    """A misspelt claim would silently count nothing."""
    text = MINIMAL.replace("[pics]", '[pics]\nclaims = ["evchong", "evchong/1.6", "EVC-1.6", "EVC-1.6-d"]') + MORE
    assert load(written, text).pics.claims == ("evchong", "evchong/1.6", "EVC-1.6", "EVC-1.6-d")
    text = text.replace('"EVC-1.6-d"', '"EVC-1.6-dd"').replace('"evchong"', '"evchnog"')
    assert [str(mistake) for mistake in mistakes(written, text)] == [
        'pics.claims[0]: found "evchnog", which names no requirement; did you mean "evchong"? '
        "a row, the beginning of one, or a protocol would do",
        'pics.claims[3]: found "EVC-1.6-dd", which names no requirement; did you mean "EVC-1.6-d"? '
        "a row, the beginning of one, or a protocol would do",
        'accepted[0].id: found "EVC-1.6-dd", which is no requirement; did you mean "EVC-1.6-d"? '
        "the id of a row would do",
    ]


def test_all_mistakes_are_told_at_once(written: Path) -> None:
    text = MINIMAL.replace('name = "mine"', "name = 1").replace('"CB-1"', "2")
    written.write_text(text, encoding="utf-8")
    with pytest.raises(TargetError) as refused:
        Target.load(written, {})
    assert str(refused.value) == (
        f"{written} cannot be used as a target file:\n"
        "  pixit.evchong.box[0].serial: found 2; a string would do\n"
        "  target.name: found 1; a string would do"
    )


# The municipal platform

BREAKS_THE_CITY = {
    "short key": (
        ('data_secret = "DDDDDDDDDDDDDDDD"', 'data_secret = "DDDD"'),
        'pixit.beijing.platform_keys.data_secret: found "DDDD"; at least 16 characters would do',
    ),
    "somebody else's number": (
        ('"MA0CITY01"', '"CITY"'),
        'pixit.beijing.platform_id: found "CITY"; at least 9 characters would do',
    ),
    "no address": (
        ("https://sut.example/evcs/v1", "sut.example/evcs/v1"),
        'pixit.beijing.base_url: found "sut.example/evcs/v1"; '
        'something like "https://charging.example/evcs/20160701" would do',
    ),
    "no port": (
        ("127.0.0.1:9100", "127.0.0.1"),
        'pixit.beijing.listen: found "http://127.0.0.1"; something like "http://127.0.0.1:9100" would do',
    ),
    "port too large": (
        ("127.0.0.1:9100", "127.0.0.1:91000"),
        'pixit.beijing.listen: found "http://127.0.0.1:91000"; a port from 0 to 65535 would do',
    ),
    "any port": (
        ("127.0.0.1:9100", "127.0.0.1:0"),
        "pixit.beijing.listen: found port 0, or none; "
        "an address with a port of its own, to which the server has been told to push",
    ),
    "nowhere to ask": (
        ('base_url = "https://sut.example/evcs/v1"\n', ""),
        "pixit.beijing.base_url: found no base_url; say where the server's interfaces are",
    ),
    "https without a certificate": (
        ("http://127", "https://127"),
        "pixit.beijing.certificate: found no certificate; "
        "name a PEM file with the private key and the chain, or listen on http",
    ),
    "no such certificate": (
        ("operator_id", 'certificate = "city.pem"\noperator_id'),
        'pixit.beijing.certificate: found "city.pem", and there is no such file; the path of a PEM file',
    ),
    "chargers that are neither": (
        ("operator_id", 'chargers = "labs"\noperator_id'),
        'pixit.beijing.chargers: found "labs"; did you mean "lab"? one of "lab", "none" would do',
    ),
    "a link that the server can't know": (
        ("operator_id", 'chargers = "lab"\noperator_id'),
        "pixit.beijing.charger_link: found port 0, or none; "
        "an address with a port of its own, which the server asks to start and stop chargers",
    ),
    "a link under https": (
        ("operator_id", 'charger_link = "https://127.0.0.1:9200"\noperator_id'),
        'pixit.beijing.charger_link: found "https://127.0.0.1:9200"; something like "http://127.0.0.1:9200" would do',
    ),
    "connector at an unknown station": (
        ('equipment = "110105001"\nstation = "ST-1"', 'equipment = "110105001"\nstation = "ST-2"'),
        'pixit.beijing.connector[0].station: found "ST-2", a station that is not in the file; '
        'did you mean "ST-1"? known are ST-1',
    ),
    "box that is none": (
        ('box = "CB-1"', 'box = "CB-7"'),
        'pixit.beijing.connector[0].box: found "CB-7", which is no box of [[pixit.evchong.box]]; '
        'did you mean "CB-1"? known are CB-1',
    ),
    "connector that the box lacks": (
        ('box = "CB-1"', 'box = "CB-1"\nconnector = 2'),
        "pixit.beijing.connector[0].connector: found box CB-1 has no connector 2; its connectors are 1",
    ),
    "connector twice": (
        (CITY[CITY.index("[[") :], CITY[CITY.index("[[") :] * 2),
        'pixit.beijing.connector[1].id: found "11010500101", which pixit.beijing.connector[0] has too; each only once',
    ),
}


@pytest.mark.parametrize(("change", "said"), BREAKS_THE_CITY.values(), ids=BREAKS_THE_CITY.keys())
def test_a_mistake_about_the_city_names_key_found_and_remedy(written: Path, change: tuple[str, str], said: str) -> None:
    load(written, MINIMAL + CITY)
    text = CITY.replace(*change)
    assert text != CITY
    assert [str(mistake) for mistake in mistakes(written, MINIMAL + text)] == [said]


def test_who_claims_the_city_says_where_it_is(written: Path) -> None:
    assert mistakes(written, MINIMAL.replace("evchong = true", "evchong = true\nbeijing = true")) == [
        Mistake("pixit.beijing", "nothing", "beijing is claimed, so say who is who, and where")
    ]


def test_a_server_that_runs_has_its_keys_already(written: Path) -> None:
    """Of a server that we start neither keys nor addresses need to be known: it is told them."""
    begin, end = CITY.index("[pixit.beijing.platform_keys]"), CITY.index("[[")
    assert mistakes(written, MINIMAL + CITY[:begin] + CITY[end:]) == [
        Mistake(
            "pixit.beijing.platform_keys",
            "no keys",
            "the keys that the server was given for its pushes, ${NAME} from the environment",
        )
    ]


def test_a_command_without_boxes_says_where_it_listens(written: Path) -> None:
    """It hears its keys from us, yet no port: that stands in its address."""
    text = MINIMAL[: MINIMAL.index("[pixit.evchong]")].replace("evchong = true", "beijing = true")
    text = text.replace("[target]", '[target]\nstart = ["serve", "{setting}"]')
    city = CITY.replace('box = "CB-1"\n', "").replace('base_url = "https://sut.example/evcs/v1"\n', "")
    assert [mistake.key for mistake in mistakes(written, text + city)] == ["pixit.beijing.base_url"]
