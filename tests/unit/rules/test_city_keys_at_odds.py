"""Which key is at odds, where query_token gives nobody a token: told of a run, and no verdict."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.beijing.messages import Interface
from simulators.beijing.mind import Refusal
from simulators.journal.records import WireError
from tests.unit.city_journals import OPERATOR
from tests.unit.sealed_journals import TOKEN_QUERY, SealedStory

OURS = "of [pixit.beijing.operator_keys] (those of platform_keys where the target has no such table)"
THEIRS = "is not that of [pixit.beijing.platform_keys]"


def causes(story: SealedStory) -> tuple[str, ...]:
    """What is told of the whole story."""
    judge = story.judged().judge
    return judge.judgement([], lambda row: True).causes


@pytest.mark.parametrize(
    ("ret", "said", "remedy"),
    [
        (4001, 'Ret 4001 "Sig"', f": compare sig_secret {OURS}"),
        (
            4004,
            'Ret 4004 "Sig"',
            f": compare data_secret and data_secret_iv {OURS}, and [pixit.beijing] platform_id",
        ),
        (500, 'Ret 500 "Sig"', ""),
    ],
)
def test_a_ret_names_the_key_of_ours(ret: int, said: str, remedy: str) -> None:
    """Wherever it names one; with the server's own words."""
    story = SealedStory()
    for _ in range(2):
        story.answers(TOKEN_QUERY, story.credentials(), None, ret=ret, Msg="Sig")
    assert causes(story) == (f"query_token never gave a token, 2 times ({said}){remedy}",)


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (1, ": compare [pixit.beijing] platform_id"),
        (2, f": compare operator_secret {OURS}"),
        (7, ""),
    ],
)
def test_a_fail_reason_names_the_key_of_ours(reason: int, remedy: str) -> None:
    """Only where the right credentials were shown: strangers are refused, as they must be."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(OperatorSecret="B" * 15 + "C"), story.no_token(2))
    assert causes(story) == ()
    story.answers(TOKEN_QUERY, story.credentials(), story.no_token(reason))
    said = f"Ret 0, SuccStat 1, FailReason {reason}, no token"
    assert causes(story) == (f"query_token never gave a token, once ({said}){remedy}",)


def test_an_answer_that_cannot_be_read_names_what_seals_it() -> None:
    """The server took our keys, and answers with others."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), story.token_answer(), Data="bm8gYmxvY2s=")
    remedy = f"the answer cannot be read: compare data_secret and data_secret_iv {OURS}"
    assert causes(story) == (f"query_token never gave a token, once (Ret 0): {remedy}",)


def test_who_gives_a_token_once_has_the_right_keys() -> None:
    """Whatever else it refused; and who was never asked is not spoken of."""
    assert causes(SealedStory()) == ()
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), None, ret=4001)
    story.gives_token()
    assert causes(story) == ()


def test_a_server_that_is_not_there_at_all_has_no_keys() -> None:
    """That is told by another sentence; but one that pushes is there, and its interfaces are not."""
    story = SealedStory()
    story.answers(TOKEN_QUERY, story.credentials(), None, error=WireError.CERTIFICATE)
    assert causes(story) == ()
    story.fetches_token()
    assert causes(story) == ("query_token never gave a token, once (no answer: certificate)",)


@pytest.mark.parametrize(
    ("credentials", "said", "remedy"),
    [
        ({"OperatorSecret": "B" * 16}, "Ret 0, SuccStat 1, FailReason 2, no token", f"its OperatorSecret {THEIRS}"),
        (
            {"OperatorID": "MA0OTHER1"},
            "Ret 0, SuccStat 1, FailReason 1, no token",
            "its OperatorID is not [pixit.beijing] operator_id",
        ),
    ],
)
def test_wrong_credentials_of_the_server_are_named(credentials: dict[str, str], said: str, remedy: str) -> None:
    """And no longer once it got a token."""
    story = SealedStory()
    for _ in range(3):
        story.fetches_token(**credentials)
    assert causes(story) == (f"the server's query_token was refused 3 times ({said}): {remedy}",)
    story.fetches_token()
    assert causes(story) == ()


@pytest.mark.parametrize(
    ("envelope", "said", "remedy"),
    [
        ({"Sig": "0" * 32}, 'Ret 4001 "签名错误"', f"its SigSecret {THEIRS}"),
        ({"Data": "bm8gYmxvY2s="}, 'Ret 4001 "签名错误"', f"its SigSecret {THEIRS}"),
        (
            {"OperatorID": "MA0OTHER1"},
            'Ret 4004 "OperatorID不存在"',
            "its OperatorID is not [pixit.beijing] operator_id",
        ),
    ],
)
def test_wrong_keys_of_the_server_are_named(envelope: dict[str, Any], said: str, remedy: str) -> None:
    """By what the platform answers to its own query_token."""
    story = SealedStory()
    story.calls(TOKEN_QUERY, {"OperatorID": OPERATOR, "OperatorSecret": "B" * 16}, **envelope)
    assert causes(story) == (f"the server's query_token was refused once ({said}): {remedy}",)


def test_what_the_platform_refuses_by_plan_is_no_ones_key() -> None:
    """A scenario wanted it so."""
    story = SealedStory()
    story.refuses(Interface.QUERY_TOKEN, 1, Refusal.BUSY)
    story.fetches_token()
    assert causes(story) == ()


def test_the_servers_own_words_are_told_and_cut_between_words() -> None:
    """Half of a secret would pass whoever masks secrets; without a place to cut nothing is left of it."""
    for said, told in (
        ("TimeStamp", ' "TimeStamp"'),
        ("", ""),
        ("签名错误，请核对密钥", ' "签名错误，请核对密钥"'),
        ("签名错误，" + 40 * "核", ' "签名错误…"'),
        ("wrong secret, that is not D24ECFBEF7AE8BE5D24ECFBEF7AE8BE5", ' "wrong secret, that is not…"'),
        ("D24ECFBEF7AE8BE5" * 3, ' "…"'),
    ):  # fmt: skip
        story = SealedStory()
        story.answers(TOKEN_QUERY, story.credentials(), None, ret=4001, Msg=said)
        (bad,) = [finding for finding in story.judged().findings if finding.row == "CEC-TOK-a"]
        assert bad.actual == f"Ret 4001{told}"
