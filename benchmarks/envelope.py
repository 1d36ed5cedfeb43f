"""What sealing and opening an envelope cost, beside the AES and HMAC in it that nobody can leave out.

Run: ``python -m benchmarks.envelope [--count 20000]``. CPU time, the best of five rounds; of figures side by side the
ratio says the same on every machine.
"""

from __future__ import annotations

import argparse
import hmac
import time
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC

from simulators.beijing.envelope import open_answer, open_request, seal_answer, seal_request, wire_bytes
from simulators.beijing.keys import KeySet

KEYS = KeySet(
    operator_id="MA0TEST01",
    data_secret="89ABCDEF01234567",
    data_secret_iv="FEDCBA9876543210",
    sig_secret="13579BDF02468ACE",
)
TIME_STAMP, SEQ = "20250115104603", "0001"
CONTENT_BYTES_AIM = 700
TOGETHER_AIM_US = 60
ROUNDS = 5


def content() -> dict[str, object]:
    """The charging status of a session, with as many billing periods as make about 700 bytes."""
    details: list[dict[str, object]] = []
    message: dict[str, object] = {
        "StartChargeSeq": "MA0CITY01202501151030000001",
        "StartChargeSeqStat": 2,
        "ConnectorID": "11010500000000000000101001",
        "ConnectorStatus": 3,
        "CurrentA": 85.5,
        "VoltageA": 392.1,
        "Soc": 46,
        "StartTime": "2025-01-15 10:30:12",
        "EndTime": "2025-01-15 10:46:02",
        "TotalPower": 8.52,
        "TotalMoney": 12.31,
        "ChargeModel": 1,
        "ChargeDetails": details,
    }
    while len(msgspec.json.encode(message)) < CONTENT_BYTES_AIM:
        details.append({"DetailStartTime": "2025-01-15 10:30:12", "DetailPower": 4.26, "ElecPrice": 0.695})
    return message


def cost_us(call: Callable[[], object], count: int) -> float:
    """Microseconds of CPU for one call, in the best of the rounds."""
    best_ns = min(_round_ns(call, count) for _ in range(ROUNDS))
    return best_ns / count / 1000


def _round_ns(call: Callable[[], object], count: int) -> int:
    began_ns = time.process_time_ns()
    for _ in range(count):
        call()
    return time.process_time_ns() - began_ns


def bare(plaintext: bytes) -> Callable[[], object]:
    """One encryption, one decryption and two HMACs of a padded message, with all else left out."""
    padded = plaintext.ljust(len(plaintext) // 16 * 16 + 16)
    cipher = Cipher(AES128(KEYS.data_secret.encode()), CBC(KEYS.data_secret_iv.encode()))
    secret, signed = KEYS.sig_secret.encode(), bytes(len(padded) * 4 // 3)

    def both_ways() -> None:
        encryptor, decryptor = cipher.encryptor(), cipher.decryptor()
        ciphertext = encryptor.update(padded) + encryptor.finalize()
        hmac.digest(secret, signed, "md5")
        hmac.digest(secret, signed, "md5")
        decryptor.update(ciphertext) + decryptor.finalize()

    return both_ways


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=20_000, help="envelopes in each round")
    count: int = parser.parse_args().count
    message = content()
    plaintext = msgspec.json.encode(message)
    bare_us = cost_us(bare(plaintext), count)
    print(f"content of {len(plaintext)} bytes; bare AES and HMAC both ways {bare_us:.1f} us")

    def request() -> bytes:
        return wire_bytes(seal_request(KEYS, KEYS.operator_id, message, TIME_STAMP, SEQ))

    def answer() -> bytes:
        return wire_bytes(seal_answer(KEYS, 0, "success", message))

    sealed_request, sealed_answer = request(), answer()
    assert open_request(KEYS, sealed_request).content == open_answer(KEYS, sealed_answer).content == message
    _row("request", bare_us, cost_us(request, count), cost_us(lambda: open_request(KEYS, sealed_request), count))
    _row("answer", bare_us, cost_us(answer, count), cost_us(lambda: open_answer(KEYS, sealed_answer), count))


def _row(name: str, bare_us: float, seal_us: float, open_us: float) -> None:
    together_us = seal_us + open_us
    print(f"  {name:8} seal {seal_us:5.1f} us  open {open_us:5.1f} us  together {together_us:5.1f} us", end="")
    print(f"; of bare: {together_us / bare_us:.1f}; of the {TOGETHER_AIM_US} us allowed: ", end="")
    print(f"{together_us / TOGETHER_AIM_US:.2f}")


if __name__ == "__main__":
    main()
