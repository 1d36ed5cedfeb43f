"""The workbench says at which step an envelope fails, and in which known wrong way it was made."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from typer.testing import CliRunner

from simulators.beijing.envelope import encrypted, open_answer, open_request, seal_answer, seal_request, wire_bytes
from simulators.beijing.keys import KeySet
from simulators.beijing.mistakes import remedy
from simulators.beijing.workbench import app

DATA_SECRET, IV, SIG_SECRET = "89ABCDEF01234567", "FEDCBA9876543210", "13579BDF02468ACE"
OPERATOR_SECRET = "0A1B2C3D4E5F6071"
KEYS = KeySet(
    operator_id="MA0TEST01",
    operator_secret=OPERATOR_SECRET,
    data_secret=DATA_SECRET,
    data_secret_iv=IV,
    sig_secret=SIG_SECRET,
)
OTHER = KeySet(operator_id="MA0CITY01", data_secret="A" * 16, data_secret_iv="B" * 16, sig_secret="C" * 16)
ENVIRONMENT = {
    "CHARGEPROOF_OPERATOR_ID": "MA0TEST01",
    "CHARGEPROOF_DATA_SECRET": DATA_SECRET,
    "CHARGEPROOF_DATA_SECRET_IV": IV,
    "CHARGEPROOF_SIG_SECRET": SIG_SECRET,
}
TIME_STAMP = "20250115104603"
CONTENT = b'{"StationID":"110105001","Remark":"\xe6\xb5\x8b\xe8\xaf\x95"}'


def run(*arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None) -> Any:
    cleared: dict[str, str | None] = dict.fromkeys((*ENVIRONMENT, "CHARGEPROOF_OPERATOR_SECRET"))
    given = ENVIRONMENT if environment is None else environment
    return CliRunner().invoke(app, list(arguments), input=stdin, env={**cleared, **given})


def request() -> dict[str, Any]:
    return seal_request(KEYS, "MA0TEST01", CONTENT, TIME_STAMP, "0001")


def hmac_md5(text: str | bytes, key: str | bytes = SIG_SECRET) -> str:
    """Made here on its own, so that the suite's own signature is not its own witness."""
    key_bytes = key if isinstance(key, bytes) else key.encode()
    return hmac.new(key_bytes, text if isinstance(text, bytes) else text.encode(), "md5").hexdigest().upper()


def aes(plaintext: bytes, key: bytes = DATA_SECRET.encode(), iv: bytes | None = IV.encode(), pad: bool = True) -> str:
    """Data made in another way; ``iv`` None is ECB."""
    missing = 16 - len(plaintext) % 16
    encryptor = Cipher(AES(key), ECB() if iv is None else CBC(iv)).encryptor()
    padded = plaintext + missing * bytes((missing,)) if pad else plaintext
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def with_data(data: str) -> dict[str, Any]:
    """A request with that Data under a valid Sig."""
    return request() | {"Data": data, "Sig": hmac_md5(f"MA0TEST01{data}{TIME_STAMP}0001")}


def advice_on_request(envelope: dict[str, Any], keys: KeySet = KEYS) -> str:
    body = wire_bytes(envelope)
    return remedy(keys, open_request(keys, body), body, {"platform": OTHER})


def advice_on_answer(envelope: dict[str, Any]) -> str:
    body = wire_bytes(envelope)
    return remedy(KEYS, open_answer(KEYS, body), body, {"platform": OTHER})


# The known wrong ways to sign


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        ("{Data}", "Sig verifies over Data: OperatorID and TimeStamp and Seq are missing from it"),
        ("{OperatorID}{Data}{TimeStamp}", "Sig verifies over OperatorID+Data+TimeStamp: Seq is missing from it"),
        (
            "{Data}{OperatorID}{Seq}{TimeStamp}",
            "Sig verifies over Data+OperatorID+Seq+TimeStamp: the order is OperatorID+Data+TimeStamp+Seq",
        ),
    ],
)
def test_the_fields_that_were_signed_are_named(signed: str, words: str) -> None:
    envelope = request()
    assert advice_on_request(envelope | {"Sig": hmac_md5(signed.format(**envelope))}) == words


RIGHT = "Sig verifies over OperatorID+Data+TimeStamp+Seq: "


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda text: hmac_md5(text, DATA_SECRET), "the key is DataSecret, not SigSecret"),
        (lambda text: hmac_md5(text, OPERATOR_SECRET), "the key is OperatorSecret, not SigSecret"),
        (lambda text: hmac_md5(text, SIG_SECRET.lower()), "SigSecret is in lower case there"),
        (
            lambda text: hmac_md5(text, bytes.fromhex(SIG_SECRET)),
            "SigSecret is hex-decoded there, it must be used as it stands",
        ),
        (lambda text: hmac_md5(text, "C" * 16), "the key is SigSecret of the set platform"),
        (
            lambda text: hashlib.md5(f"{text}{SIG_SECRET}".encode()).hexdigest().upper(),
            "it is plain MD5, not HMAC, with SigSecret after the text",
        ),
        (lambda text: hashlib.md5(text.encode()).hexdigest(), "it is plain MD5, not HMAC, without any key"),
        (
            lambda text: base64.b64encode(bytes.fromhex(hmac_md5(text))).decode(),
            "it is Base64, not hexadecimal",
        ),
        (
            lambda text: hmac.new(SIG_SECRET.encode(), text.encode(), "sha256").hexdigest(),
            "it is by SHA256, not by MD5",
        ),
    ],
)
def test_the_way_of_signing_is_named(make: Callable[[str], str], words: str) -> None:
    envelope = request()
    sig = make("".join(envelope[name] for name in ("OperatorID", "Data", "TimeStamp", "Seq")))
    assert advice_on_request(envelope | {"Sig": sig}) == RIGHT + words


def test_what_was_signed_instead_of_data_as_sent_is_named() -> None:
    envelope = request()
    over_content = hmac_md5(b"MA0TEST01" + CONTENT + f"{TIME_STAMP}0001".encode())
    words = "it is over the content before encryption, not over Data as sent"
    assert advice_on_request(envelope | {"Sig": over_content}) == RIGHT + words
    data = envelope["Data"][:20] + "\r\n" + envelope["Data"][20:]
    words = "Data is without its line breaks there"
    assert advice_on_request(envelope | {"Data": data}) == RIGHT + words


@pytest.mark.parametrize(
    ("ret", "msg", "signed", "words"),
    [
        (0, "成功", b"0%(data)s", "Sig verifies over Ret+Data: Msg is missing from it"),
        (0, "", b"%(data)s", "Sig verifies over Msg+Data: Ret is missing from it"),
        (0, "ok", b"%(data)s", "Sig verifies over Data: Ret and Msg are missing from it"),
        (0, "", b"MA0TEST010%(data)s", "OperatorID does not belong in it"),
        (0, "成功", "0成功".encode("gbk") + b"%(data)s", "Msg is GBK there, not UTF-8"),
        (500, None, b"500None", "Sig verifies over Ret+Msg+Data: null stands there as None, it counts as the empty"),
    ],
)
def test_the_wrong_ways_of_answers_are_named(ret: int, msg: str | None, signed: bytes, words: str) -> None:
    data = "" if ret else encrypted(KEYS, CONTENT)
    sig = hmac_md5(signed.replace(b"%(data)s", data.encode()))
    assert words in advice_on_answer({"Ret": ret, "Msg": msg, "Data": data, "Sig": sig})


def test_a_sig_made_in_no_known_way_says_what_is_left() -> None:
    envelope = request() | {"Sig": "0" * 32}
    assert advice_on_request(envelope).startswith("Data opens with these keys, so SigSecret differs")
    assert advice_on_request(envelope, OTHER).startswith("SigSecret differs, or a field was changed")
    assert advice_on_request(envelope | {"Sig": "x"}).startswith("Sig is the HMAC-MD5 in 32")


# The known wrong ways to encrypt


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (aes(CONTENT, iv=DATA_SECRET.encode()), "DataSecret is the IV too, not DataSecretIV"),
        (aes(CONTENT, iv=bytes(16)), "the IV is all zeros, not DataSecretIV"),
        (aes(CONTENT, key=IV.encode(), iv=DATA_SECRET.encode()), "DataSecret and DataSecretIV are exchanged"),
        (aes(CONTENT, iv=None), "it is AES in ECB mode, not CBC"),
        (aes(CONTENT, key=SIG_SECRET.encode()), "the key is SigSecret, not DataSecret"),
        (encrypted(OTHER, CONTENT), "it is by the keys of the set platform"),
        (aes(CONTENT.ljust(64, b"\0"), pad=False), "it is padded with zeros, not as PKCS#7 wants"),
        (aes(CONTENT.ljust(64), pad=False), "it has no padding"),
        (base64.b64encode(CONTENT).decode(), "it is not encrypted"),
        (CONTENT.decode(), "it is not Base64 at all; it is not encrypted"),
        (base64.b64decode(aes(CONTENT)).hex(), "it is hexadecimal, not Base64"),
        (aes(CONTENT).replace("/", "%2F").replace("+", "%2B").replace("=", "%3D"), "it is percent-encoded"),
        (aes(CONTENT).replace("+", " "), "it has blanks where + stood: somebody decoded it as a form"),
        (aes(CONTENT).replace("+", "-").replace("/", "_"), "it is URL-safe Base64 (- and _ for + and /)"),
        (aes(b"{}").rstrip("="), "the = at its end are missing"),
        (aes(CONTENT.decode().encode("gbk")), "the content is GBK, not UTF-8"),
        (aes(json.dumps(CONTENT.decode()).encode()), "the content is a JSON string that holds the object"),
        (aes(base64.b64encode(CONTENT)), "the content is Base64 once more"),
        (aes(b'{"a":[1,],}'), "the content has a comma before a closing bracket"),
    ],
)
def test_the_way_of_encrypting_is_named(data: str, words: str) -> None:
    assert advice_on_request(with_data(data)) == f"Data opens to a JSON object all the same: {words}"


def test_data_made_in_no_known_way_says_what_is_left() -> None:
    """By the step: Base64, blocks, padding, only the first block, all of it, no object."""
    assert advice_on_request(with_data("*")).startswith("Data must be Base64")
    assert advice_on_request(with_data("AAAA")).startswith("Data was cut, or is no AES-CBC")
    wrong_key = aes(CONTENT, key=b"never heard of it"[:16])
    assert advice_on_request(with_data(wrong_key)).startswith("padding is wrong: DataSecret or DataSecretIV differ")
    wrong_iv = aes(CONTENT, iv=b"never heard of it"[:16])
    assert advice_on_request(with_data(wrong_iv)).startswith("only the first 16 bytes are garbled: DataSecretIV")
    assert advice_on_request(with_data(aes(b"\xff"))).startswith("the content must be UTF-8")
    assert advice_on_request(with_data(aes(b"[]"))).startswith("Data decrypts, but its content must be a JSON object")


# The envelope itself


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Seq": 1}, "Seq is a string of four digits"),
        ({"TimeStamp": "2025-01-15 10:46:03"}, "TimeStamp is Beijing time"),
        ({"OperatorID": ""}, "OperatorID is the caller's organisation code"),
        ({"Data": None}, "Data is the Base64 text"),
    ],
)
def test_a_wrong_form_says_what_would_do(changes: dict[str, Any], words: str) -> None:
    assert advice_on_request(request() | changes).startswith(words)


def test_missing_and_misspelled_fields_say_what_would_do() -> None:
    envelope = request()
    spelled = {name[0].lower() + name[1:]: value for name, value in envelope.items()}
    assert advice_on_request(spelled) == "the field operatorID must be spelled OperatorID"
    spelled = {"OperationID": envelope.pop("OperatorID"), **envelope}
    assert advice_on_request(spelled) == "the field OperationID must be spelled OperatorID"
    assert advice_on_request(envelope).startswith(
        "OperatorID must be added; the fields of this request are OperatorID, Data"
    )
    assert advice_on_answer(seal_answer(KEYS, 0, "", b"{}") | {"Ret": "0"}).startswith("Ret is a number")
    assert advice_on_answer(seal_answer(KEYS, 0, "", b"{}") | {"Msg": None}).startswith("Msg is a string")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"OperatorID=MA0TEST01&Data=", "the body looks like a form"),
        ('{"Msg":"成功"}'.encode("gbk"), "the body is GBK"),
        (b"[]", "the body must be one JSON object in UTF-8"),
        (b"\xff", "the body must be one JSON object in UTF-8"),
    ],
)
def test_a_body_that_is_no_envelope_says_what_would_do(body: bytes, words: str) -> None:
    assert remedy(KEYS, open_request(KEYS, body), body, {}).startswith(words)


def test_a_right_envelope_needs_nothing() -> None:
    assert advice_on_request(request()) == ""


# open


def test_open_shows_each_step_and_the_content(tmp_path: Path) -> None:
    body = wire_bytes(request())
    (tmp_path / "request.json").write_bytes(body + b"\n")
    result = run("open", str(tmp_path / "request.json"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"request, by its fields, {len(body)} bytes"
    assert lines[1] == "1. json     ok       an object with OperatorID, Data, TimeStamp, Seq, Sig"
    assert lines[4].startswith("4. sig      ok       ")
    assert lines[9] == "9. content  ok       an object with StationID, Remark"
    assert '  "Remark": "测试"' in lines
    assert lines[-1] == "the envelope is right"


def test_open_names_the_first_wrong_step_and_what_would_do() -> None:
    envelope = seal_answer(KEYS, 0, "success", CONTENT)
    envelope["Sig"] = hmac_md5(f"0{envelope['Data']}")
    result = run("open", stdin=wire_bytes(envelope))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-2:] == [
        "wrong at: sig",
        "what would do: Sig verifies over Ret+Data: Msg is missing from it",
    ]


def test_open_is_plain_where_nobody_looks_and_shows_what_was_decrypted() -> None:
    result = run("open", stdin=wire_bytes(with_data(aes(b"[\x1b[31m]"))))
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout
    assert r"decrypted: b'[\x1b[31m]'" in result.stdout
    named = wire_bytes(request() | {"\x1b[31m": 1})
    assert "\x1b" not in run("open", stdin=named).stdout
    sealed = wire_bytes(seal_answer(KEYS, 0, "", '{"a":"[b]\x9b31m"}'.encode()))
    assert r'"a": "[b]\u009b31m"' in run("open", stdin=sealed).stdout


def test_open_notes_what_is_tolerated() -> None:
    result = run("open", stdin=wire_bytes(request() | {"Sig": request()["Sig"].lower()}))
    assert (result.exit_code, "noted: sig_lower_case: Sig is " in result.stdout) == (0, True)


def test_open_takes_what_it_is_told() -> None:
    result = run("open", "--kind", "answer", stdin=wire_bytes(request()))
    assert result.exit_code == 1
    assert result.stdout.startswith("answer, ")
    assert "wrong at: present" in result.stdout
    assert "json" in run("open", stdin=b"").stdout


# seal


def test_seal_makes_what_was_published() -> None:
    """S1 to S3 of the vectors have tests of their own; here the way through the command line."""
    result = run("seal", "--time", TIME_STAMP, "--seq", "0001", stdin=CONTENT)
    assert (result.exit_code, result.stdout) == (0, wire_bytes(request()).decode() + "\n")
    result = run("seal", "--ret", "0", "--msg", "success", stdin=CONTENT)
    assert json.loads(result.stdout) == seal_answer(KEYS, 0, "success", CONTENT)
    result = run("seal", "--ret", "4002", "--msg", "token error")
    assert json.loads(result.stdout)["Sig"] == "2A671C03C1CD135CAB5590AD3E22BFD4"


def test_what_was_sealed_now_opens() -> None:
    sealed = run("seal", "--operator-id", "MA0OTHER1", stdin=CONTENT)
    opened = run("open", stdin=sealed.stdout_bytes)
    assert (sealed.exit_code, opened.exit_code) == (0, 0)
    assert "noted: foreign_operator_id" in opened.stdout


def test_seal_encrypts_anything_when_asked_to() -> None:
    assert run("seal", stdin=b"[]").exit_code == 64
    assert run("seal", stdin=b"{,}").exit_code == 64
    result = run("seal", "--as-it-stands", stdin=b"{,}")
    assert (result.exit_code, run("open", stdin=result.stdout_bytes).exit_code) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--time", "2025-01-15"), "TimeStamp is '2025-01-15'; what would do: a string of 14 digits"),
        (("--seq", "1"), "Seq is '1'; what would do: a string of 4 digits"),
        (("--operator-id", "X"), "OperatorID is 'X'; what would do: a string of 9 characters"),
        (("no-such-file",), "no-such-file can't be read: No such file or directory"),
    ],
)
def test_seal_refuses_misuse(arguments: tuple[str, ...], words: str) -> None:
    result = run("seal", *arguments, stdin=CONTENT)
    assert (result.exit_code, result.stdout) == (64, "")
    assert words in result.stderr


# Keys


def keys_file(folder: Path, text: str) -> str:
    path = folder / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def toml(keys: KeySet) -> str:
    names = ("operator_id", "data_secret", "data_secret_iv", "sig_secret")
    return "".join(f'{name} = "{getattr(keys, name)}"\n' for name in names)


def test_keys_come_from_a_file_or_the_environment(tmp_path: Path) -> None:
    body = wire_bytes(request())
    file = keys_file(tmp_path, toml(KEYS) + f'operator_secret = "{OPERATOR_SECRET}"\n')
    assert run("open", "--keys", file, stdin=body, environment={}).exit_code == 0
    assert run("open", stdin=body, environment={**ENVIRONMENT, "CHARGEPROOF_SIG_SECRET": "X" * 16}).exit_code == 1


def test_a_file_may_have_a_set_for_each_direction_and_tells_when_it_is_the_other(tmp_path: Path) -> None:
    file = keys_file(tmp_path, f"[operator]\n{toml(KEYS)}[platform]\n{toml(OTHER)}")
    body = wire_bytes(request())
    assert run("open", "--keys", file, "--set", "operator", stdin=body).exit_code == 0
    result = run("open", "--keys", file, "--set", "platform", stdin=body)
    assert result.exit_code == 1
    assert "what would do: " + RIGHT + "the key is SigSecret of the set operator" in result.stdout
    result = run("open", "--keys", file, stdin=body)
    assert (result.exit_code, "has the sets operator, platform; choose one" in result.stderr) == (64, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('data_secret = "hush hush"', "missing operator_id, data_secret_iv, sig_secret"),
        (toml(KEYS) + 'secret = "hush"', "no key is named secret; there are operator_id"),
        (toml(KEYS).replace(SIG_SECRET, "hush"), "SigSecret must have 16 to 64 characters, it has 4"),
        (toml(KEYS).replace(f'"{SIG_SECRET}"', "7"), "Expected `str`, got `int` - at `$.sig_secret`"),
        ("data_secret = hush", "is no TOML in UTF-8"),
        ("", "missing operator_id, data_secret, data_secret_iv, sig_secret"),
    ],
)
def test_wrong_keys_are_misuse_and_never_shown(tmp_path: Path, text: str, words: str) -> None:
    result = run("open", "--keys", keys_file(tmp_path, text), stdin=b"{}")
    assert (result.exit_code, result.stdout) == (64, "")
    assert words in result.stderr
    assert "hush" not in result.output


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ((), {}, "environment: missing CHARGEPROOF_OPERATOR_ID, CHARGEPROOF_DATA_SECRET, CHARGEPROOF_DATA_SECRET_IV"),
        (("--keys", "no-such-file"), {}, "no-such-file can't be read"),
        (("--set", "operator"), ENVIRONMENT, "--set names a table of a keys file"),
    ],
)
def test_missing_keys_are_misuse(arguments: tuple[str, ...], environment: dict[str, str], words: str) -> None:
    result = run("open", *arguments, stdin=b"{}", environment=environment)
    assert (result.exit_code, words in result.stderr) == (64, True)
