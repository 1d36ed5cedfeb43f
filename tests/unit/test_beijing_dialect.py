"""Each reading of the Beijing documents is turned to the canonical message and back, and no other is taken for it."""

from __future__ import annotations

import pytest
from msgspec.structs import fields

from simulators.beijing.dialect import READINGS, Dialect, Readings
from simulators.beijing.messages import Content, Interface
from simulators.beijing.opened import Kind
from simulators.readings import FIELD_NAME

STATUS, CHARGE = Interface.NOTIFICATION_STATION_STATUS, Interface.NOTIFICATION_EQUIP_CHARGE_STATUS
TOLD: Content = {"ConnectorID": "11010500101", "Status": 1}
CANONICAL: Content = {"ConnectorStatusInfo": TOLD}


def dialect(**chosen: str) -> Dialect:
    """By rows, with ``_`` for their dash."""
    return Dialect(Readings.parse({row.replace("_", "-"): value for row, value in chosen.items()}))


# The readings themselves


def test_every_row_has_its_attribute_and_its_default() -> None:
    """Without a word in the target file, the document's plainest reading."""
    defaults = {field.name: field.default for field in fields(Readings)}
    assert defaults == {reading.attribute: reading.default for reading in READINGS.values()}
    assert Readings.parse({}) == Readings()


@pytest.mark.parametrize("row", READINGS)
def test_every_alternative_can_be_chosen(row: str) -> None:
    """Each that the row names."""
    reading = READINGS[row]
    assert reading.alternatives
    for value in reading.alternatives:
        chosen = "StartType" if value == FIELD_NAME else value
        assert getattr(Readings.parse({row: chosen}), reading.attribute) == chosen


@pytest.mark.parametrize("row", READINGS)
@pytest.mark.parametrize("value", ["", "no such way", FIELD_NAME])
def test_a_value_that_a_row_cannot_have_is_named_with_those_that_it_can(row: str, value: str) -> None:
    """The words for "any name" are none."""
    with pytest.raises(ValueError, match=f"{row} cannot be '{value}' .*what would do: {READINGS[row].default}, "):
        Readings.parse({row: value})


def test_rows_of_other_protocols_are_passed_over() -> None:
    """A target file has the readings of all in one table."""
    assert Readings.parse({"EVC-X1": "json", "BJ-X6": "array"}) == Readings(status_info="array")


# BJ-X6, one connector a push


def test_by_default_a_state_is_an_object() -> None:
    """And a list is left as it came, for the schema to refuse."""
    assert dialect().wire(STATUS, Kind.REQUEST, CANONICAL) == CANONICAL
    assert dialect().canonical(STATUS, Kind.REQUEST, CANONICAL) == CANONICAL
    listed: Content = {"ConnectorStatusInfo": [TOLD]}
    assert dialect().canonical(STATUS, Kind.REQUEST, listed) == listed


def test_in_the_other_reading_it_is_a_list_of_one() -> None:
    """There and back; the canonical message has an object."""
    other = dialect(BJ_X6="array")
    listed: Content = {"ConnectorStatusInfo": [TOLD]}
    assert other.wire(STATUS, Kind.REQUEST, CANONICAL) == listed
    assert other.canonical(STATUS, Kind.REQUEST, listed) == CANONICAL


@pytest.mark.parametrize("told", [TOLD, [], [TOLD, TOLD], "1", None])
def test_what_is_no_list_of_one_stays_wrong(told: object) -> None:
    """An object above all: it must not pass for the canonical one."""
    became = dialect(BJ_X6="array").canonical(STATUS, Kind.REQUEST, {"ConnectorStatusInfo": told})
    assert not isinstance(became["ConnectorStatusInfo"], dict)


def test_the_answer_to_a_state_has_no_such_list() -> None:
    """It says Status 0 and no more (5.3)."""
    answer: Content = {"Status": 0}
    assert dialect(BJ_X6="array").canonical(STATUS, Kind.ANSWER, answer) == answer
    assert dialect(BJ_X6="array").wire(STATUS, Kind.ANSWER, answer) == answer


# BJ-X5, the name of the field that carries the start method


@pytest.mark.parametrize(
    ("interface", "kind"),
    [
        (CHARGE, Kind.REQUEST),
        (Interface.QUERY_EQUIP_CHARGE_STATUS, Kind.ANSWER),
        (Interface.NOTIFICATION_CHARGE_ORDER_INFO_FOR_BONUS, Kind.REQUEST),
        (Interface.NOTIFICATION_START_CHARGE_RESULT, Kind.REQUEST),
    ],
)
def test_the_start_method_may_have_another_name(interface: Interface, kind: Kind) -> None:
    """There and back, in its place among the fields."""
    other = dialect(BJ_X5="StartType")
    canonical: Content = {"StartChargeSeq": "1", "ChargeModel": 2, "Soc": 0}
    wire = other.wire(interface, kind, canonical)
    assert list(wire.items()) == [("StartChargeSeq", "1"), ("StartType", 2), ("Soc", 0)]
    assert other.canonical(interface, kind, wire) == canonical


def test_under_another_name_the_usual_one_is_not_taken_for_it() -> None:
    """Where both stand, the agreed one counts; where only the usual one does, the agreed one is missing."""
    other = dialect(BJ_X5="StartType")
    assert other.canonical(CHARGE, Kind.REQUEST, {"StartType": 2, "ChargeModel": 3}) == {"ChargeModel": 2}
    assert "ChargeModel" not in other.canonical(CHARGE, Kind.REQUEST, {"ChargeModel": 3})


@pytest.mark.parametrize(("interface", "kind"), [(CHARGE, Kind.ANSWER), (STATUS, Kind.REQUEST)])
def test_other_messages_keep_their_fields(interface: Interface, kind: Kind) -> None:
    """A field that happens to be called so is somebody else's."""
    content: Content = {"StartType": 2}
    assert dialect(BJ_X5="StartType").canonical(interface, kind, content) == content


@pytest.mark.parametrize("row", ["BJ-X2", "BJ-X9", "BJ-X13", "BJ-X18"])
def test_readings_of_duties_change_no_message(row: str) -> None:
    """They are the rules' affair."""
    other = Dialect(Readings.parse({row: READINGS[row].alternatives[0]}))
    for interface in Interface:
        for kind in Kind:
            content: Content = {"ChargeModel": 2, "ConnectorStatusInfo": TOLD}
            assert other.wire(interface, kind, content) == content
            assert other.canonical(interface, kind, content) == content
