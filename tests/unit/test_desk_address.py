"""What is wrong with an address, a port or a certificate of the city's: named by its key, with what would do."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chargeproof import run
from simulators.lab.starting import free_port
from simulators.wire.tls import Authority
from tests.unit.front_door import said

Capture = pytest.CaptureFixture[str]
NOWHERE = "http://127.0.0.1:9/evcs/20160701"
ALONE = """
[target]
name = "our city server"
effects = ["reads"]
[pics]
beijing = true
[pixit.clock]
kind = "real"
[pixit.beijing]
platform_id = "MA0CITY01"
operator_id = "MA0TEST01"
base_url = "BASE_URL"
verify = "VERIFY"
listen = "LISTEN"
[pixit.beijing.platform_keys]
operator_secret = "0123456789ABCDEF"
data_secret = "0123456789ABCDEF"
data_secret_iv = "0123456789ABCDEF"
sig_secret = "0123456789ABCDEF"
[[pixit.beijing.connector]]
id = "11010500000000000000001001"
equipment = "11010500000000000000001"
station = "ST-0001"
[[pixit.station]]
id = "ST-0001"
"""  # a server that speaks with the city alone


def asked(
    folder: Path,
    *,
    base_url: str = NOWHERE,
    verify: str = "none",
    listen: str = "",
    more: str = "",
) -> int:
    """The exit code of a sitting with such a server."""
    listen = listen or f"http://127.0.0.1:{free_port()}"
    written = ALONE.replace("BASE_URL", base_url).replace("VERIFY", verify).replace("LISTEN", listen)
    (folder / "alone.toml").write_text(written.replace("[pixit.beijing]", f"[pixit.beijing]\n{more}"), "utf-8")
    return run(["city", "stations", "--target", str(folder / "alone.toml"), "--out", str(folder / "out")])


def test_a_file_of_no_authorities_is_told_by_its_key(tmp_path: Path, capsys: Capture) -> None:
    """The target has no [pixit.evchong] that could be named instead."""
    (tmp_path / "ca.pem").write_text("no PEM")
    assert asked(tmp_path, base_url=NOWHERE.replace("http:", "https:"), verify="ca.pem") == 64
    told = capsys.readouterr().err
    assert f"pixit.beijing.verify: {tmp_path / 'ca.pem'}: holds no certificate" in told
    assert "evchong" not in told


def test_a_certificate_without_its_key_is_told_by_its_key(tmp_path: Path, capsys: Capture) -> None:
    Authority().write_ca(tmp_path / "chain.pem")
    more = 'certificate = "chain.pem"'
    assert asked(tmp_path, listen=f"https://127.0.0.1:{free_port()}", more=more) == 64
    told = capsys.readouterr().err
    assert f"pixit.beijing.certificate: {tmp_path / 'chain.pem'}: no key with its certificate" in told
    assert "one PEM file with the private key, not encrypted, and the chain would do" in told
    assert "_ssl.c" not in told


def test_a_port_that_is_taken_is_told_in_words(tmp_path: Path, capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert asked(tmp_path, listen=f"http://{place}") == 64
    told = capsys.readouterr().err
    assert told == (
        f"chargeproof: pixit.beijing.listen: {place}: somebody listens there already; end that, or name another port\n"
    )


def test_plain_http_at_a_door_of_tls_is_told_of_https(tmp_path: Path, capsys: Capture) -> None:
    """Such a server hangs up without a word."""
    with hanging_up() as place:
        assert asked(tmp_path, base_url=f"http://{place}/evcs/20160701") == 1
    told = said(capsys.readouterr().out)
    assert "no answer: closed closed before the answer" in told
    assert "base_url begins with https://" in told


def test_who_records_hears_charge_boxes_only(tmp_path: Path, capsys: Capture) -> None:
    """A target of the city alone claims something, but nothing that passes there."""
    (tmp_path / "alone.toml").write_text(ALONE.replace("BASE_URL", NOWHERE).replace("VERIFY", "none").replace(
        "LISTEN", "http://127.0.0.1:9100"), "utf-8")  # fmt: skip
    assert run(["record", "--target", str(tmp_path / "alone.toml"), "--out", str(tmp_path / "out")]) == 64
    assert "claims no evchong in [pics]; record hears charge boxes only" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@contextmanager
def hanging_up() -> Iterator[str]:
    """Where a server reads what comes, and closes."""

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async def opened() -> asyncio.Server:
        return await asyncio.start_server(close, "127.0.0.1", 0)

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(opened())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()
