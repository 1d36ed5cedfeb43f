"""The Allure results of a run: what a row becomes, that nothing secret leaves, and a page that tells nobody."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import msgspec
import pytest

from conformance.bench import Crash
from conformance.recorded import RunResult
from conformance.verdict import Verdict, Why
from reports.allure import results as allure
from reports.allure.messages import Masking
from reports.allure.page import StillWatched, main, without_analytics
from reports.html.messages import MOST_SHOWN
from simulators.journal.records import Answer, Exchange, Record
from tests.unit.html_run import exchange, plainly, records, result, target

SECRET, CARD, PLATE = 'k9/Zr+"秘\\0', "6217-0001-8842-17", "京A12345"
GENERATOR = Path(allure.__file__).parent

ANALYTICS = """
    <script async src="https://www.googletagmanager.com/gtag/js?id=G-LNDJ3J7WT0"></script>
    <script>
        window.dataLayer = window.dataLayer || [];
        function gtag(){dataLayer.push(arguments);}
        gtag('js', new Date());
        gtag('config', 'G-LNDJ3J7WT0', {
          "report": "awesome",
          "allureVersion": "3.18.0",
          "reportUuid": "41d2b4f1",
          "single_file": "true"
        });
    </script>
"""


def written(run: RunResult, into: Path, kept: list[Record] | None = None) -> dict[str, dict[str, Any]]:
    """The results of a run by their full names."""
    folder = allure.write(run, records() if kept is None else kept, into)
    told = [json.loads(path.read_text("utf-8")) for path in folder.glob("*-result.json")]
    return {each["fullName"]: each for each in told}


def labels(told: dict[str, Any]) -> dict[str, str]:
    """The labels that stand once."""
    return {label["name"]: label["value"] for label in told["labels"] if label["name"] != "tag"}


def with_verdicts(run: RunResult, *verdicts: Verdict, crashes: tuple[Crash, ...] = ()) -> RunResult:
    judgement = replace(run.judgement, verdicts=list(verdicts), crashes=crashes)
    return replace(run, judgement=judgement)


# What a row becomes


def test_every_row_is_a_result_with_the_outcome_that_pytest_reports(tmp_path: Path) -> None:
    """What is open is skipped, an advisory passes; one result more says whether the run is valid."""
    assert {name: told["status"] for name, told in written(result(), tmp_path).items()} == {
        "the-run-is-valid": "passed",
        "EVC-1.2-a": "passed",
        "EVC-1.4-b": "failed",
        "EVC-1.5-a": "skipped",
        "EVC-1.6-d": "passed",
        "EVC-3-a": "skipped",
    }


def test_a_row_stands_under_its_document_and_section(tmp_path: Path) -> None:
    told = written(result(), tmp_path)["EVC-1.4-b"]
    title = "EVC-1.4-b 同一充电盒的每个事务都得到自己独有的 transactionId，多个开始请求重叠时亦然。"
    assert told["name"] == title
    assert labels(told) == {
        "epic": "EVCHONG V1.2 充电桩接口",
        "feature": "1.4 开始充电 startTrans",
        "story": title,
        "severity": "critical",
        "framework": "chargeproof",
        "level": "M",
        "party": "S",
        "target": "reference",
        "sut": "Somebody",
        "chargeproof": "0.1.0",
        "python": "3.11",
    }
    assert told["links"] == [
        {"type": "link", "url": "report.html#EVC-1.4-b", "name": "EVCHONG 1.4: 「transactionId: 事务 ID」"}
    ]


def test_a_bad_finding_is_a_step_with_the_messages_behind_it(tmp_path: Path) -> None:
    told = written(result(), tmp_path)["EVC-1.4-b"]
    assert told["statusDetails"]["message"] == "expected: an id never given\nactual: 1"
    assert "again     chargeproof check EVC-1.4-b" in told["statusDetails"]["trace"]
    step = told["steps"][-1]
    assert [each["name"] for each in told["steps"]] == [
        "case-0: 判定 2 次，不符 1 次。",
        "case-1: 判定 1 次，不符 0 次。",
        "sequential",
    ]
    assert (step["status"], step["steps"][0]["name"]) == ("failed", "实为: 1")
    assert step["steps"][0]["parameters"] == [
        {"name": "应为", "value": "an id never given"},
        {"name": "记录", "value": "4, 7"},
        {"name": "报文路径", "value": "startTransactionRes"},
    ]
    (attached,) = step["steps"][0]["attachments"]
    text = (tmp_path / allure.FOLDER / attached["source"]).read_text("utf-8")
    assert [line for line in text.splitlines() if re.match(r"\d+ \w+$", line)] == ["4 startTrans", "7 startTrans"]
    assert '"connectorId": 1' in text
    assert '"transactionId": 1' in text


def test_no_attachment_is_named_twice_or_missing(tmp_path: Path) -> None:
    """Allure 3 shows a file at the first place that names it, and calls it missing at the others."""
    named: list[str] = []
    for told in written(result(), tmp_path).values():
        named += re.findall(r"[\w.-]+-attachment\.txt", json.dumps(told))
    files = [path.name for path in (tmp_path / allure.FOLDER).glob("*-attachment.*")]
    assert len(named) == 5
    assert sorted(named) == sorted(files)


def test_an_open_row_says_why_and_falls_into_its_category(tmp_path: Path) -> None:
    told = written(result(), tmp_path)["EVC-1.5-a"]
    assert told["statusDetails"] == {"message": "no-evidence: nothing was seen"}
    assert {label["value"] for label in told["labels"] if label["name"] == "tag"} == {"inconclusive", "no-evidence"}


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_a_category_of_its_own(why: Why) -> None:
    rules = [rule for rule in allure.categories() if re.fullmatch(rule.get("messageRegex", "$."), f"{why}: a\nb")]
    assert [rule["matchedStatuses"] for rule in rules] == [["skipped"]]


def test_what_the_target_file_accepts_is_skipped_and_known(tmp_path: Path) -> None:
    run = result()
    accepted = replace(run.judgement.of("EVC-1.4-b"), accepted="until the next release")
    told = written(with_verdicts(run, accepted), tmp_path)["EVC-1.4-b"]
    assert told["status"] == "skipped"
    assert told["statusDetails"] == {
        "known": True,
        "message": "accepted by the target file: until the next release",
    }


def test_only_our_own_error_is_called_broken(tmp_path: Path) -> None:
    """A rule that broke breaks its row, and the run is invalid."""
    run = result()
    crashed = with_verdicts(run, run.judgement.of("EVC-1.2-a"), crashes=(Crash("EVC-1.2-a", 3, "Trace\nKeyError: x"),))
    told = written(crashed.with_trouble(["the rule of EVC-1.2-a broke: KeyError: x"]), tmp_path)
    assert {name: (each["status"], each["statusDetails"]["message"]) for name, each in told.items()} == {
        "the-run-is-valid": ("broken", "the rule of EVC-1.2-a broke: KeyError: x"),
        "EVC-1.2-a": ("broken", "KeyError: x"),
    }


def test_the_rows_keep_the_order_of_their_documents(tmp_path: Path) -> None:
    run = result()
    told = written(run, tmp_path)
    in_time = sorted(told, key=lambda name: told[name]["start"])
    assert in_time == ["the-run-is-valid", *(verdict.requirement.id for verdict in run.judgement.verdicts)]


def test_a_row_keeps_its_history_on_one_target_only(tmp_path: Path) -> None:
    first = written(result(), tmp_path / "a")["EVC-1.4-b"]
    later = written(replace(result(), began=result().began.replace(year=2027)), tmp_path / "b")["EVC-1.4-b"]
    other = msgspec.structs.replace(target(), name="another")
    elsewhere = written(result(on=other), tmp_path / "c")["EVC-1.4-b"]
    assert first["historyId"] == later["historyId"] != elsewhere["historyId"]
    assert first["testCaseId"] == later["testCaseId"] == elsewhere["testCaseId"]
    assert first["uuid"] != later["uuid"]


def test_the_surroundings_begin_with_the_verdict(tmp_path: Path) -> None:
    """Allure's own pass rate leaves out what is open."""
    written(result(), tmp_path)
    text = (tmp_path / allure.FOLDER / "environment.properties").read_text("ascii")
    told = [json.loads(f'"{line}"').split("=", 1) for line in text.splitlines()]
    assert told[:2] == [["退出码", "1 不通过: 有不通过项"], ["被测服务器", "reference"]]
    assert told[-2:] == [["chargeproof", "0.1.0"], ["python", "3.11"]]


def test_the_folder_appears_whole_and_replaces_an_older_one(tmp_path: Path) -> None:
    written(result(), tmp_path)
    (tmp_path / allure.FOLDER / "of-an-older-run-result.json").write_text("{}", encoding="utf-8")
    assert len(written(result(), tmp_path)) == 6
    assert [path.name for path in tmp_path.iterdir()] == ["allure-results"]


# What must stay inside


def forms(value: str) -> list[str]:
    """A value as it may be written: plainly, percent-encoded, in JSON, all in escapes, in a form of JSON."""
    escaped = json.dumps(value)[1:-1]
    every = "".join(f"\\u{ord(character):04x}" for character in value)
    return [value, quote(value, safe=""), escaped, every, quote(escaped, safe="")]


@pytest.mark.parametrize("value", [SECRET, CARD, PLATE], ids=["secret", "card", "plate"])
@pytest.mark.parametrize("form", range(5))
def test_nothing_that_must_stay_inside_goes_out(value: str, form: int, tmp_path: Path) -> None:
    """In findings, reasons, traces, bodies, heads and addresses, in every file and in every file's name."""
    said = forms(value)[form]

    def say(text: str) -> str:
        return f"{text} {said} {text}"

    run = result(say, target(SECRET, CARD, PLATE))
    judged = [replace(verdict, accepted="") for verdict in run.judgement.verdicts]
    judged[0] = replace(judged[0], accepted=say("known"))
    run = with_verdicts(run, *judged, crashes=(Crash("EVC-3-a", 1, say("ValueError:")),)).with_trouble([say("broke")])
    folder = allure.write(run, [_with_address(record, said) for record in records(say, CARD)], tmp_path)
    texts = [text for path in folder.iterdir() for text in (path.name, path.read_text("utf-8"))]
    assert len(texts) == 2 * 13
    for text in (every for told in texts for every in (told, unquote(told), told.replace("\\\\", "\\"))):
        assert [shown for shown in forms(value) if shown in text] == []
    assert "".join(texts).count("‹") > 40


def _with_address(record: Record, said: str) -> Record:
    """The same with the value in its address, and in what a sealed message says."""
    if not isinstance(record, Exchange):
        return record
    request = msgspec.structs.replace(record.request, url=f"{record.request.url}?key={quote(said, safe='')}")
    return msgspec.structs.replace(
        record, request=request, view={"request": {"plain": said}, "answer": {"plain": said}}
    )


def test_a_card_cut_in_two_is_not_shown_by_half() -> None:
    """A long body is cut where nothing that must be masked can stand half inside."""
    masking = Masking(result(on=target(card=CARD)))
    for shift in range(len(CARD)):
        body = f"{'x' * (MOST_SHOWN - shift)}{CARD}{'y' * 50}".encode()
        whole = msgspec.structs.replace(exchange(1, "a", {}, {}, plainly), answer=Answer(200, b"", body))
        text = masking.message(whole).text
        shown = text[text.index("xxx") :].partition("\n")[0]
        assert set(shown) == {"x"}
        assert f"… {len(body) - len(shown)} more characters are in the journal" in text


def test_what_opens_doors_is_masked_though_nobody_named_it() -> None:
    answer = Answer(200, b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc\r\nServer: x\r\n\r\n", b"")
    whole = msgspec.structs.replace(exchange(1, "a", {}, {}, plainly), answer=answer)
    text = Masking(result()).message(whole).text
    assert "Set-Cookie: ‹secret›\nServer: x" in text


def test_a_text_of_the_server_is_no_markdown_of_ours(tmp_path: Path) -> None:
    run = result(lambda text: f"{text} <img src=x> [a](b)")
    assert "\\<img src\\=x\\> \\[a\\]\\(b\\)" in written(run, tmp_path)["the-run-is-valid"]["description"]


# The page


def test_the_page_loads_and_feeds_no_analytics(tmp_path: Path) -> None:
    """The generator writes the tag into every page; all the rest stays as it was."""
    generated = tmp_path / "index.html"
    generated.write_text(f"<body><script>window.allure = 1;</script>{ANALYTICS}<script>x</script></body>", "utf-8")
    main([str(generated), str(tmp_path / "allure.html")])
    page = (tmp_path / "allure.html").read_text("utf-8")
    assert re.sub(r"\s+", "", page) == "<body><script>window.allure=1;</script><script>x</script></body>"


@pytest.mark.parametrize(
    "left",
    [
        "<script>gtag('config', 'G-1')</script>",
        '<script>s.src = "https://www.google-analytics.com/analytics.js"</script>',
        "<script defer src=//www.googletagmanager.com/gtag/js></script>",
    ],
)
def test_a_tag_written_in_another_way_does_not_pass_unseen(left: str) -> None:
    """A later generator may write it otherwise; then there is no page until we know how."""
    with pytest.raises(StillWatched):
        without_analytics(f"<body>{left}</body>")


def test_the_generator_is_locked_and_names_no_registry() -> None:
    """Whoever installs it uses the registry that their machine is set up for."""
    lock = json.loads((GENERATOR / "package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, package in packages.items() if "resolved" in package or "integrity" not in package] == []
    assert "omit-lockfile-registry-resolved=true" in (GENERATOR / ".npmrc").read_text("utf-8").splitlines()
    assert json.loads((GENERATOR / "package.json").read_text("utf-8"))["dependencies"].keys() == {"allure"}
