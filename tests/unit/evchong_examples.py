"""One full and one sparse request of each service, and the answers to them: what the tests of EVCHONG start from."""

from __future__ import annotations

from decimal import Decimal

from simulators.evchong.messages import (
    AuthorizeRequest,
    BootRequest,
    BoxRequest,
    Canonical,
    ChargePointErrorCode,
    ChargePointStatus,
    HeartbeatRequest,
    Measurand,
    MeterValue,
    MeterValuesRequest,
    Service,
    StartRequest,
    StatusRequest,
    StopRequest,
    UnitOfMeasure,
)

NOON_MS = 1425268800000

ENERGY = MeterValue(
    timestamp_ms=NOON_MS,
    measurand=Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
    value=Decimal("12.345"),
    unit=UnitOfMeasure.KWH,
)
BARE_VOLTAGE = MeterValue(
    timestamp_ms=NOON_MS,
    measurand=Measurand.VOLTAGE,
    value=Decimal(230),
    unit=None,
    location=None,
    context=None,
    format=None,
)

FULL_REQUESTS: dict[Service, BoxRequest] = {
    Service.DEVICE_BOOT: BootRequest(
        box_serial="CB-1",
        station_serial="ST-1",
        vendor="克力",
        model="Keli-0001",
        firmware_version="1.0",
        iccid="89860",
        imsi="46000",
        meter_serial="M-1",
        meter_type="one-phase",
    ),
    Service.AUTHORIZE: AuthorizeRequest(box_serial="CB-1", id_token="CARD-1"),
    Service.HEARTBEAT: HeartbeatRequest(box_serial="CB-1", station_serial="ST-1"),
    Service.START_TRANS: StartRequest(
        box_serial="CB-1", connector=1, id_token="CARD-1", meter_start_wh=7000, timestamp_ms=NOON_MS, reservation_id=3
    ),
    Service.METER_VALUES: MeterValuesRequest(
        box_serial="CB-1", connector=1, transaction_id=17, values=(ENERGY, BARE_VOLTAGE)
    ),
    Service.STOP_TRANS: StopRequest(
        box_serial="CB-1",
        transaction_id=17,
        meter_stop_wh=19000,
        values=(ENERGY,),
        timestamp_ms=NOON_MS,
        id_token="CARD-1",
    ),
    Service.STATUS_NOTIFY: StatusRequest(
        box_serial="CB-1",
        connector=1,
        status=ChargePointStatus.FAULTED,
        error_code=ChargePointErrorCode.GROUND_FAILURE,
        timestamp_ms=NOON_MS,
        vendor_id="V-1",
        vendor_error_code="E17",
        info="接地故障",
    ),
}

SPARSE_REQUESTS: dict[Service, BoxRequest] = {
    Service.DEVICE_BOOT: BootRequest(box_serial="CB-1", station_serial="ST-1", vendor="Keli"),
    Service.AUTHORIZE: AuthorizeRequest(box_serial="CB-1", id_token="CARD-1"),
    Service.HEARTBEAT: HeartbeatRequest(box_serial="CB-1"),
    Service.START_TRANS: StartRequest(
        box_serial="CB-1", connector=1, id_token="CARD-1", meter_start_wh=0, timestamp_ms=NOON_MS
    ),
    Service.METER_VALUES: MeterValuesRequest(box_serial="CB-1", connector=1, transaction_id=17, values=(BARE_VOLTAGE,)),
    Service.STOP_TRANS: StopRequest(
        box_serial="CB-1", transaction_id=17, meter_stop_wh=0, values=(BARE_VOLTAGE,), timestamp_ms=NOON_MS
    ),
    Service.STATUS_NOTIFY: StatusRequest(
        box_serial="CB-1",
        connector=1,
        status=ChargePointStatus.AVAILABLE,
        error_code=ChargePointErrorCode.NO_ERROR,
        timestamp_ms=NOON_MS,
        vendor_id="V-1",
    ),
}

ANSWERS: dict[Service, Canonical] = {
    Service.DEVICE_BOOT: {"bootRes": {"currentTime": NOON_MS, "heartbeatInterval": 10, "status": "Accepted"}},
    Service.AUTHORIZE: {
        "authRes": {
            "idTagInfo": {"expiryDate": NOON_MS, "parentIdTag": {"idToken": "CARD-0"}, "status": "Blocked"},
        }
    },
    Service.HEARTBEAT: {"heartbeatRes": {"currentTime": NOON_MS}},
    Service.START_TRANS: {"startTransactionRes": {"idTagInfo": {"status": "Accepted"}, "transactionId": 17}},
    Service.METER_VALUES: {"meterValuesRes": {"transactionId": 17, "timestamp": NOON_MS}},
    Service.STOP_TRANS: {"stopTransactionRes": {"idTagInfo": {"status": "Accepted"}, "transactionId": 17}},
    Service.STATUS_NOTIFY: {"statusNotificationRes": {"timestamp": NOON_MS}},
}
