"""The three requests that the document prints and that are not JSON (EVC-X12): input for EVC-G8, as printed.

deviceBoot lacks its last brace; meterValues closes its list and its objects in the wrong order; stopTrans lacks the
bracket after its sample and the quote that closes ``"format``.
"""

from simulators.evchong.messages import Service

BROKEN_REQUESTS = {
    Service.DEVICE_BOOT: (
        '{"bootReq":{"iccid":{"iccid":"xxxxx"},"chargePointModel":{"chargePointModel":"Keli-0001"},"chargePoi'
        'ntVendor":{"chargePointVendor":"mmmmm"},"chargeBoxSerialNumber":{"chargeBoxSerialNumber":"mmmmm"},"c'
        'hargePointSerialNumber":{"chargePointSerialNumber":"mmmmm"},"imsi":{"imsi":"xxxxx"},"meterType":{"me'
        'terType":"xxxxx"},"firmwareVersion":{"firmwareVersion":"xxxxx"},"meterSerialNumber":{"meterSerialNum'
        'ber":"xxxxx"}}'
    ),
    Service.METER_VALUES: (
        '{"meterValuesReq":{"connectorId":1,"transactionId":1,"chargeBoxSerialNumber":{"chargeBoxSerialNumber'
        '":"xxxxx"},"values":[{"measurand":"Energy_Active_Import_Register","unit":"kWh","value":"xxxxx","loca'
        'tion":"Outlet","context":"Sample_Periodic","format":"Raw","timestamp":1425289652130},{ "measurand":"'
        'Current.Import","unit":"Amp","value":"xxxxx","location":"Outlet","context":"Sample_Periodic","format'
        '":"Raw","timestamp":1425289652130},{ "measurand":"Voltage","unit":"Volt" ,"value":"xxxxx","location"'
        ':"Outlet","context":"Sample_Periodic","format":"Raw","timestamp":1425289652130}}}] }'
    ),
    Service.STOP_TRANS: (
        '{ "stopTransactionReq":{ "idTag":{ "idToken":"xxxxx"}, "transactionId":1, "transactionData":{ "value'
        's":[ { "measurand":"Energy_Active_Import_Register", "unit":"Wh", "value":"xxxxx", "location":"Outlet'
        '", "context":"Sample_Periodic", "format:"Raw","timestamp":1425289652130}},"chargeBoxSerialNumber":{"'
        'chargeBoxSerialNumber":"ooooo"},"meterStop":1,"timestamp":1425290113204}}'
    ),
}
"""What follows ``data=`` in print, with the line breaks of the page taken out."""
