"""The known wrong ways to sign and to encrypt, tried one after another on an envelope that does not open.

Most are from the field (cec102 2.1 to 2.3, "variant"). A match is proof: no other construction gives that digest, or
turns these bytes into a JSON object.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations, permutations
from typing import NamedTuple
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from simulators.beijing.keys import DOCUMENT_NAMES, SECRETS, KeySet
from simulators.beijing.opened import Fault, Kind, Opened, Step
from simulators.strict_json import NotStrictJson, strict_json

BLOCK_BYTES = 16
ALGORITHMS = {16: "md5", 20: "sha1", 32: "sha256"}  # by the length of the digest in bytes
HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")

Sets = Mapping[str, KeySet]  # other sets of keys by their name, such as the other direction's


class Way(NamedTuple):
    """Something that may have been done instead; ``words`` is "" for the right thing."""

    words: str
    value: bytes


class SignedText(NamedTuple):
    """A text that Sig may have been made over: which fields ("OperatorID+Data+Seq"), and what is wrong with it."""

    over: str
    words: str
    value: bytes


def remedy(keys: KeySet, opened: Opened, body: bytes, others: Sets) -> str:
    """What would do about the first wrong step of an envelope; "" when nothing is wrong."""
    if opened.ok:
        return ""
    fault = min(opened.faults, key=lambda one: list(Step).index(one.step))
    match fault.step:
        case Step.JSON:
            return _about_body(body)
        case Step.PRESENT:
            return _about_missing(fault, opened)
        case Step.FORM if fault.field == "Sig":
            return wrong_sig(keys, opened, others) or "Sig is the HMAC-MD5 in 32 upper-case hexadecimal digits"
        case Step.FORM:
            return FORM_REMEDIES[fault.field]
        case Step.SIG:
            return wrong_sig(keys, opened, others) or _about_sig(opened)
        case _:
            return wrong_data(keys, opened, others) or _about_data(fault.step, opened)


# Sig


def wrong_sig(keys: KeySet, opened: Opened, others: Sets) -> str | None:
    """In which known wrong way Sig was made, in words; None when in none of them."""
    if not (seen := _digest_seen(opened.text("Sig") or "")):
        return None
    algorithm = ALGORITHMS[len(seen.value)]
    makers = list(_makers(keys, others, algorithm))
    for signed in _texts(keys, opened):
        for made, digest in makers:
            if digest(signed.value) == seen.value:
                wrong = _both(signed.words, made, seen.words)
                return f"Sig verifies over {signed.over}: {wrong}" if wrong else None
    return None


def _digest_seen(sig: str) -> Way | None:
    """The digest that Sig holds: in hexadecimal digits or, against the rule, Base64 or another algorithm."""
    if HEX.fullmatch(sig):
        digest, words = bytes.fromhex(sig), ""
    else:
        try:
            digest, words = binascii.a2b_base64(sig, strict_mode=True), "it is Base64, not hexadecimal"
        except ValueError:
            return None
    if (algorithm := ALGORITHMS.get(len(digest))) is None:
        return None
    return Way(_both(words, "" if algorithm == "md5" else f"it is by {algorithm.upper()}, not by MD5"), digest)


def _makers(keys: KeySet, others: Sets, algorithm: str) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """The right way to make a digest, the same with a wrong key, and without HMAC."""
    for words, key in _sig_keys(keys, others):
        yield words, partial(hmac.digest, key, digest=algorithm)
    secret = keys.sig_secret.encode("ascii")
    plain = f"it is plain {algorithm.upper()}, not HMAC"
    yield f"{plain}, with SigSecret after the text", lambda text: hashlib.new(algorithm, text + secret).digest()
    yield f"{plain}, with SigSecret before the text", lambda text: hashlib.new(algorithm, secret + text).digest()
    yield f"{plain}, without any key", lambda text: hashlib.new(algorithm, text).digest()


def _sig_keys(keys: KeySet, others: Sets) -> Iterator[Way]:
    secret = keys.sig_secret
    yield Way("", secret.encode("ascii"))
    for name in SECRETS:
        if name != "sig_secret" and (other := getattr(keys, name)):
            yield Way(f"the key is {DOCUMENT_NAMES[name]}, not SigSecret", other.encode("ascii"))
    yield Way("SigSecret is in lower case there", secret.lower().encode("ascii"))
    yield Way("SigSecret is in upper case there", secret.upper().encode("ascii"))
    if HEX.fullmatch(secret):
        yield Way("SigSecret is hex-decoded there, it must be used as it stands", bytes.fromhex(secret))
    for name, other_set in others.items():
        yield Way(f"the key is SigSecret of the set {name}", other_set.sig_secret.encode("ascii"))


def _texts(keys: KeySet, opened: Opened) -> Iterator[SignedText]:
    """What may have been signed, likelier things first."""
    for words, values in _values(keys, opened):
        for names in _orders(opened.kind.signed, tuple(values)):
            wrong = _both(*_wrong_order(names, opened.kind.signed), words)
            yield SignedText("+".join(names), wrong, b"".join(values[name] for name in names))


def _values(keys: KeySet, opened: Opened) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The bytes of each field, as they are and as somebody may have put them."""
    envelope = opened.envelope or {}
    given = {name: envelope.get(name) for name in opened.kind.signed}
    texts = {name: "" if value is None else str(value) for name, value in given.items()}
    if opened.kind is Kind.ANSWER:
        texts["OperatorID"] = keys.operator_id
    values = {name: text.encode("utf-8") for name, text in texts.items()}
    yield "", values
    data = texts["Data"]
    for words, other in (
        ("Data is without its line breaks there", data.replace("\r", "").replace("\n", "").encode()),
        ("Data is there as JSON escapes it, / as \\/", data.replace("/", "\\/").encode()),
        ("Data is percent-encoded there", quote(data, safe="").encode()),
        ("it is over the content before encryption, not over Data as sent", opened.plaintext or b""),
    ):
        if other and other != values["Data"]:
            yield words, values | {"Data": other}
    nulls = [name for name, value in given.items() if value is None]
    for word in ("None", "null"):
        if nulls:
            yield (
                f"null stands there as {word}, it counts as the empty string",
                values | dict.fromkeys(nulls, word.encode()),
            )
    if not texts.get("Msg", "").isascii():
        yield "Msg is GBK there, not UTF-8", values | {"Msg": texts["Msg"].encode("gbk", "replace")}


def _orders(right: tuple[str, ...], known: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The right order, then with something missing, then in other orders and with what does not belong there."""
    yield right
    for count in range(len(right) - 1, 0, -1):
        yield from combinations(right, count)
    for count in range(len(known), 0, -1):
        yield from permutations(known, count)


def _wrong_order(names: tuple[str, ...], right: tuple[str, ...]) -> Iterator[str]:
    if missing := [name for name in right if name not in names]:
        yield f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing from it"
    if strange := [name for name in names if name not in right]:
        yield f"{' and '.join(strange)} does not belong in it"
    if [name for name in names if name in right] != [name for name in right if name in names]:
        yield f"the order is {'+'.join(right)}"


def _about_sig(opened: Opened) -> str:
    if opened.content is not None:
        return "Data opens with these keys, so SigSecret differs, or a field was changed after signing"
    return "SigSecret differs, or a field was changed after signing; Data does not open either: is it the right set?"


# Data


def wrong_data(keys: KeySet, opened: Opened, others: Sets) -> str | None:
    """In which known wrong way Data was made, in words; None when in none of them."""
    data = opened.text("Data") or ""
    for words in _ways_of_data(keys, data, others):
        return f"Data opens to a JSON object all the same: {words}"
    return None


def _ways_of_data(keys: KeySet, data: str, others: Sets) -> Iterator[str]:
    """What was done wrong, for every way that ends at a JSON object; the right way gives nothing."""
    for decoded in _decodings(data):
        for content in _objects(decoded.value):
            yield _both(decoded.words, "it is not encrypted", content)
        for decrypted in _decryptions(keys, others, decoded.value):
            for content in _contents(decrypted.value):
                if words := _both(decoded.words, decrypted.words, content):
                    yield words


def _decodings(data: str) -> Iterator[Way]:
    tried = (
        ("", data.replace("\r", "").replace("\n", "")),
        ("it has blanks where + stood: somebody decoded it as a form", data.replace(" ", "+")),
        ("it is percent-encoded", unquote(data)),
        ("it is URL-safe Base64 (- and _ for + and /)", data.replace("-", "+").replace("_", "/")),
        ("the = at its end are missing", data + "=" * (-len(data) % 4)),
    )
    for words, text in tried:
        try:
            yield Way(words, binascii.a2b_base64(text, strict_mode=True))
        except ValueError:
            continue
    if HEX.fullmatch(data):
        yield Way("it is hexadecimal, not Base64", bytes.fromhex(data))
    yield Way("it is not Base64 at all", data.encode("utf-8"))


def _decryptions(keys: KeySet, others: Sets, ciphertext: bytes) -> Iterator[Way]:
    if not ciphertext or len(ciphertext) % BLOCK_BYTES:
        return
    key, iv = keys.data_secret.encode("ascii"), keys.data_secret_iv.encode("ascii")
    yield Way("", _decrypted(ciphertext, key, iv))
    yield Way("DataSecret is the IV too, not DataSecretIV", _decrypted(ciphertext, key, key))
    yield Way("the IV is all zeros, not DataSecretIV", _decrypted(ciphertext, key, bytes(BLOCK_BYTES)))
    yield Way("DataSecret and DataSecretIV are exchanged", _decrypted(ciphertext, iv, key))
    yield Way("it is AES in ECB mode, not CBC", _decrypted(ciphertext, key, None))
    yield Way("the first block is the IV, not DataSecretIV", _decrypted(ciphertext, key, ciphertext[:16])[16:])
    for name in ("sig_secret", "operator_secret"):
        if len(other := getattr(keys, name).encode("ascii")) in (16, 24, 32):
            words = f"the key is {DOCUMENT_NAMES[name]}, not DataSecret"
            yield Way(words, _decrypted(ciphertext, other, iv))
    for name, other_set in others.items():
        other_key, other_iv = other_set.data_secret.encode("ascii"), other_set.data_secret_iv.encode("ascii")
        yield Way(f"it is by the keys of the set {name}", _decrypted(ciphertext, other_key, other_iv))


def _decrypted(ciphertext: bytes, key: bytes, iv: bytes | None) -> bytes:
    mode = ECB() if iv is None else CBC(iv)
    decryptor = Cipher(AES(key), mode).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


def _contents(padded: bytes) -> Iterator[str]:
    """What is odd about a JSON object in these bytes, when there is one: its padding, its content."""
    yield from _objects(_without_pkcs7(padded))
    words = "it is padded with zeros, not as PKCS#7 wants" if padded.endswith(b"\0") else "it has no padding"
    yield from (_both(words, more) for more in _objects(padded.rstrip(b"\0")))


def _objects(plaintext: bytes) -> Iterator[str]:
    """What is odd about a JSON object in these bytes, when there is one; "" when nothing is."""
    if _is_object(plaintext):
        yield ""
    try:
        text = plaintext.decode("gbk")
    except UnicodeDecodeError:
        text = ""
    if not plaintext.isascii() and _is_object(text.encode("utf-8")):
        yield "the content is GBK, not UTF-8"
    if _is_object(_inner_text(plaintext)):
        yield "the content is a JSON string that holds the object"
    if _is_object(_from_base64(plaintext)):
        yield "the content is Base64 once more"
    if _is_object(re.sub(rb",(\s*[}\]])", rb"\1", plaintext)) and not _is_object(plaintext):
        yield "the content has a comma before a closing bracket"


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(strict_json(text), dict)
    except NotStrictJson:
        return False


def _inner_text(text: bytes) -> bytes:
    try:
        value = strict_json(text)
    except NotStrictJson:
        return b""
    return value.encode("utf-8") if isinstance(value, str) else b""


def _from_base64(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return b""


def _without_pkcs7(padded: bytes) -> bytes:
    count = padded[-1] if padded else 0
    return padded[:-count] if 1 <= count <= BLOCK_BYTES and padded.endswith(bytes((count,)) * count) else b""


def _both(*words: str) -> str:
    return "; ".join(filter(None, words))


def _about_data(step: Step, opened: Opened) -> str:
    plaintext = opened.plaintext or b""
    if step is Step.BASE64:
        return "Data must be Base64 with + and / and with = at its end"
    if step is Step.AES:
        return "Data was cut, or is no AES-CBC: whole blocks of 16 bytes are needed"
    if step is Step.PADDING:
        return "padding is wrong: DataSecret or DataSecretIV differ, or Data was changed on its way"
    if len(plaintext) > BLOCK_BYTES and plaintext[BLOCK_BYTES:].rstrip().endswith(b"}") and plaintext[:1] != b"{":
        return "only the first 16 bytes are garbled: DataSecretIV differs, DataSecret is right"
    if step is Step.UTF_8:
        return "the content must be UTF-8; if nothing of it can be read, DataSecret differs"
    return "Data decrypts, but its content must be a JSON object, each name in it once"


# The envelope itself

FORM_REMEDIES = {
    "OperatorID": "OperatorID is the caller's organisation code, 9 characters",
    "Data": "Data is the Base64 text of the encrypted content, a string",
    "TimeStamp": 'TimeStamp is Beijing time as "20250115104603": 14 digits in a string, nothing between them',
    "Seq": 'Seq is a string of four digits, "0001"; as a number it loses its zeros',
    "Ret": 'Ret is a number, 0 and not "0"',
    "Msg": 'Msg is a string, "" where there is nothing to say',
}


def _about_missing(fault: Fault, opened: Opened) -> str:
    near = [name for name in opened.envelope or {} if name.casefold() == fault.field.casefold()]
    if fault.field == "OperatorID" and not near:
        near = [name for name in opened.envelope or {} if name.casefold() == "operationid"]
    if near:
        return f"the field {near[0]} must be spelled {fault.field}"
    return f"{fault.field} must be added; the fields of this {opened.kind.value} are {', '.join(opened.kind.fields)}"


def _about_body(body: bytes) -> str:
    try:
        text = body.decode("gbk")
    except UnicodeDecodeError:
        text = ""
    if not body.isascii() and _is_object(text.encode("utf-8")):
        return "the body is GBK: it must be UTF-8"
    if re.match(rb"[A-Za-z]+=", body):
        return "the body looks like a form: it must be the JSON object itself"
    return "the body must be one JSON object in UTF-8, each name in it once"
