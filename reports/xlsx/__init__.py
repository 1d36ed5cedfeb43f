"""The report as a workbook, which operators exchange."""
