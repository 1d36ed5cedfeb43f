"""Whether query_token was refused throughout, in either direction, and which key of the target file to compare then.

No row rests on this: who cannot get a token fails or leaves open dozens of rows, and all of them for one cause.
"""

from __future__ import annotations

from collections import Counter

from conformance.rules.beijing.known import Known
from conformance.rules.beijing.spoken import Spoken
from conformance.rules.beijing.token import caller, in_short
from conformance.rules.beijing.tokens import NO_SUCH_OPERATOR, RIGHT, WRONG_SECRET, credentials
from simulators.beijing.messages import Interface
from simulators.beijing.mind import Ret
from simulators.beijing.opened import Step

OPERATOR_KEYS = "[pixit.beijing.operator_keys] (those of platform_keys where the target has no such table)"
PLATFORM_KEYS = "[pixit.beijing.platform_keys]"
OF_THE_SIG = frozenset({Step.SIG, Step.FORM})


class KeysAtOdds:
    """Listens to every query_token; knows after the first that succeeds that the keys of that direction are right."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._agreed = {True: False, False: False}  # pushed -> a token was given
        self._refused: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}  # said, remedy

    def learn(self, seen: Spoken) -> None:
        """One exchange."""
        if seen.interface is not Interface.QUERY_TOKEN or seen.by_plan or not (seen.pushed or self._is_right(seen)):
            return
        if _gave_a_token(seen):
            self._agreed[seen.pushed] = True
        else:
            remedy = _of_the_server(seen, self._known.pixit.operator_id) if seen.pushed else _of_ours(seen)
            self._refused[seen.pushed][in_short(seen), remedy] += 1

    def _is_right(self, seen: Spoken) -> bool:
        shows = "broken" not in seen.exchange.keys and credentials(seen) == RIGHT
        return shows and caller(seen) == self._known.pixit.platform_id

    def causes(self) -> dict[str, str]:
        """What was refused, by its direction, and what to compare; empty where a token was given once."""
        told = {}
        for pushed, name in ((False, "query_token"), (True, "query_token of the server")):
            if self._agreed[pushed]:
                told[name] = ""
            elif refused := self._refused[pushed]:
                (said, remedy), _ = refused.most_common(1)[0]
                told[name] = _in_words(said, remedy, refused.total(), pushed=pushed)
        return told


def _in_words(said: str, remedy: str, times: int, *, pushed: bool) -> str:
    often = "once" if times == 1 else f"{times} times"
    told = f"the server's query_token was refused {often}" if pushed else f"query_token never gave a token, {often}"
    return f"{told} ({said}){remedy and f': {remedy}'}"


def _gave_a_token(seen: Spoken) -> bool:
    return seen.succeeded and bool((seen.told or {}).get("AccessToken"))


def _of_ours(seen: Spoken) -> str:
    """What of the target file to compare, by what the server says to the city's own query_token."""
    match seen.ret, (seen.told or {}).get("FailReason"):
        case Ret.WRONG_SIG, _:
            return f"compare sig_secret of {OPERATOR_KEYS}"
        case Ret.WRONG_CONTENT, _:
            return f"compare data_secret and data_secret_iv of {OPERATOR_KEYS}, and [pixit.beijing] platform_id"
        case Ret.SUCCESS, _ if seen.told is None:
            return f"the answer cannot be read: compare {_unread(seen)} of {OPERATOR_KEYS}"
        case Ret.SUCCESS, reason if reason == NO_SUCH_OPERATOR:
            return "compare [pixit.beijing] platform_id"
        case Ret.SUCCESS, reason if reason == WRONG_SECRET:
            return f"compare operator_secret of {OPERATOR_KEYS}"
    return ""


def _unread(seen: Spoken) -> str:
    steps = {fault.step for fault in seen.answer.faults} if seen.answer else set()
    return "sig_secret" if steps and steps <= OF_THE_SIG else "data_secret and data_secret_iv"


def _of_the_server(seen: Spoken, operator_id: str) -> str:
    """What of the server's differs from the target file, by what the mock platform had to say to it."""
    match seen.ret, (seen.told or {}).get("FailReason"):
        case Ret.WRONG_SIG, _:
            return f"its SigSecret is not that of {PLATFORM_KEYS}"
        case Ret.WRONG_CONTENT, _ if caller(seen) != operator_id:
            return "its OperatorID is not [pixit.beijing] operator_id"
        case Ret.WRONG_CONTENT, _:
            return f"its DataSecret or DataSecretIV is not that of {PLATFORM_KEYS}"
        case Ret.SUCCESS, reason if reason == NO_SUCH_OPERATOR:
            return "its OperatorID is not [pixit.beijing] operator_id"
        case Ret.SUCCESS, reason if reason == WRONG_SECRET:
            return f"its OperatorSecret is not that of {PLATFORM_KEYS}"
    return ""
