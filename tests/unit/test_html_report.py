"""The page of a run: whole, safe whatever a server says, silent about what must stay inside, and in two languages."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec
import pytest

from conformance.requirements.ledger import ledger
from reports.bodies import content, indented, readable, visible
from reports.html import page as report
from reports.html.messages import MOST_SHOWN, Shower
from reports.html.reasons import chinese_reason
from reports.html.rows import chinese
from reports.html.words import LANGUAGES, Words
from reports.timeline import MOST_KEPT, Blame, Sessions
from simulators.journal.records import Answer, Exchange, Record
from simulators.journal.redaction import Redactor
from tests.unit.html_run import BOX, NOON_MS, exchange, plainly, records, result, target

SCRIPT = "</script></style></title><script>alert(1)</script><img src=x onerror=alert(2)>"
SECRET, CARD, PLATE = 'k9/Zr+"秘\\0', "6217-0001-8842-17", "京A12345"
# Asked for by their whole names.
PLAIN = ("page", "summary", "filter", "row", "picture", "observation", "left", "sign", "timing")
TEMPLATES = Path(report.__file__).parent / "templates"


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text outside style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._raw = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""

    def handle_data(self, data: str) -> None:
        self.text += "" if self._raw else data

    def with_class(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of the elements of a class."""
        return [attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()]


def page() -> str:
    """A run that says nothing unusual."""
    return report.page(result(), records())


# What stands on it


def test_every_row_stands_on_the_page_with_its_verdict() -> None:
    """One fold a row, of the class of its verdict; a failure is unfolded."""
    rows = {row["id"]: (row["class"], "open" in row) for row in Page(page()).with_class("row")}
    assert rows == {
        "EVC-1.2-a": ("row pass", False),
        "EVC-1.4-b": ("row fail", True),
        "EVC-1.5-a": ("row open", False),
        "EVC-1.6-d": ("row advisory", False),
        "EVC-3-a": ("row na", False),
    }


@pytest.mark.parametrize(
    "words",
    [
        "1 of 3 rows that count fail, 1 open.",
        "计入判定的 3 项要求中\uff0c1 项不通过\uff0c1 项未决。",
        "an id never given",
        "startTransactionRes",
        "chargeproof check EVC-1.4-b --sut Somebody",
        "事务 ID",
        "nothing was seen",
        "an interval of 15 s",
        "transaction 9 of CB-0001",
        "chargeproof judge journal.db",
    ],
)
def test_the_page_tells(words: str) -> None:
    """Headline, finding, replay, the document's words, reason, observation, what was left open, how to judge again."""
    assert words in Page(page()).text


def test_the_page_begins_with_what_to_mend_first_and_says_what_was_left_out() -> None:
    """As the terminal does: the cause of many rows, the scenarios not played, the rows that no check judges."""
    cause = 'query_token never gave a token, 7 times (Ret 4001 "Sig")'
    told = result()
    told = replace(told, scenarios=27, left_out=63, judgement=replace(told.judgement, causes=(cause,)))
    told = replace(told, asked=replace(told.asked, words=("beijing", "evchong")))
    text = Page(report.page(told, records())).text
    assert "27 of 90 played" in text
    assert "load: 4 rows, rehearsal: 6 rows (both still to come)" in text
    assert text.index("Mend this first") < text.index(cause) < text.rindex("This run")
    assert "Mend this first" not in Page(page()).text


def test_the_messages_behind_a_finding_are_there_once() -> None:
    """Both of the finding, and the one of the pass; the other records stay in the journal."""
    messages = Page(page()).with_class("message")
    assert [message["id"] for message in messages if "id" in message] == ["r3", "r4", "r7"]


def test_the_failure_is_marked_in_its_picture() -> None:
    """Two sessions were given one id: both starts are marked, each drawn wide and narrow."""
    found = Page(page())
    assert [picture["id"] for picture in found.with_class("picture")] == ["picture-1", "picture-2"]
    assert len(found.with_class("blame")) == 4
    assert found.text.count("✕ EVC-1.4-b") >= 2


def test_a_run_that_recorded_nothing_has_a_page() -> None:
    """A server that was never reached, or a journal that was lost."""
    assert "No session took place in this run." in report.page(result(), [])


def test_the_page_is_the_same_from_the_same_journal() -> None:
    assert page() == page()


def test_the_file_is_written_whole(tmp_path: Path) -> None:
    path = report.write_html(result(), records(), tmp_path)
    assert path == tmp_path / "report.html"
    assert path.read_text("utf-8") == page()
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


# What it must never do


def test_the_page_asks_for_nothing_from_anywhere() -> None:
    """No element loads anything, every link stays on the page, no style names an address."""
    text = page()
    found = Page(text)
    assert {tag for tag, _ in found.elements} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "a:href",
    } == set()
    assert [attributes for _, attributes in found.elements if "src" in attributes or "style" in attributes] == []
    links = [attributes["href"] or "" for _, attributes in found.elements if "href" in attributes]
    assert len(links) > 10
    assert [link for link in links if not link.startswith("#")] == []
    assert re.search(r"url\(|@import", text) is None


def test_every_link_leads_somewhere() -> None:
    found = Page(page())
    ids = {attributes["id"] for _, attributes in found.elements if "id" in attributes}
    links = {(attributes["href"] or "")[1:] for _, attributes in found.elements if "href" in attributes}
    assert links - ids == set()


def test_only_our_script_and_our_style_may_run() -> None:
    """The policy names both by the hash of exactly what stands on the page."""
    text = page()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    inside = {tag: re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S) for tag in ("script", "style")}
    assert [len(found) for found in inside.values()] == [1, 1]
    digests = {
        tag: base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode() for tag, found in inside.items()
    }
    assert html.unescape(policy).split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{digests['script']}'",
        f"style-src 'sha256-{digests['style']}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_no_template_trusts_data() -> None:
    """Escaping has no way round in any of them, and no element has a handler."""
    texts = {path.name: path.read_text("utf-8") for path in TEMPLATES.glob("*.jinja2")}
    assert len(texts) == 3
    assert [name for name, text in texts.items() if re.search(r"\|\s*safe|autoescape|Markup|\son[a-z]+=", text)] == []


def test_whatever_a_server_says_stays_text() -> None:
    """Every string of an answer, a fact, a finding and a remark is a script; the page has its own one still."""
    plain, hostile = Page(page()), Page(report.page(result(lambda _: SCRIPT), records(lambda _: SCRIPT)))
    assert [tag for tag, _ in hostile.elements].count("script") == 1
    assert {tag for tag, _ in hostile.elements} == {tag for tag, _ in plain.elements}
    handlers = [name for _, attributes in hostile.elements for name in attributes if name.startswith("on")]
    assert handlers == []
    assert hostile.text.count("<script>alert(1)</script>") > 20


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x1b[31m", "a⟨U+0000⟩b⟨U+001B⟩[31m"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        (b"\xff\xfe".decode("utf-8", "surrogateescape"), "\\xff\\xfe"),
        ("两\n行\t", "两\n行\t"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_a_body_that_is_no_text_is_shown() -> None:
    """A page can always be written: half characters and broken bytes too."""
    broken = msgspec.structs.replace(
        exchange(4, "startTrans", {}, {}, plainly), answer=Answer(200, b"\xff\r\n", b'{"a": "\\ud800"}\xff\x00')
    )
    assert "\\xff⟨U+0000⟩" in html.unescape(report.page(result(), [broken]))


# Masking


def forms(value: str) -> list[str]:
    escaped = json.dumps(value)[1:-1]
    every = "".join(f"\\u{ord(character):04x}" for character in value)
    return [value, quote(value, safe=""), escaped, every, quote(escaped, safe="")]


@pytest.mark.parametrize("value", [SECRET, CARD, PLATE], ids=["secret", "card", "plate"])
@pytest.mark.parametrize("form", range(5))
def test_nothing_that_must_stay_inside_goes_out(value: str, form: int) -> None:
    """In findings, bodies, heads, addresses and drawings, however it was written on the wire."""
    said = forms(value)[form]

    def say(text: str) -> str:
        return f"{text} {said} {text}"

    on = target(SECRET, CARD, PLATE)
    told = report.page(result(say, on), [_with_address(record, said) for record in records(say, CARD)])
    for text in (told, html.unescape(told), unquote(html.unescape(told))):
        assert [shown for shown in forms(value) if shown in text] == []
    assert told.count("‹") > 20


def _with_address(record: Record, said: str) -> Record:
    """The same with the value in its address, and in what a sealed message says."""
    if not isinstance(record, Exchange):
        return record
    request = msgspec.structs.replace(record.request, url=f"{record.request.url}?key={quote(said, safe='')}")
    return msgspec.structs.replace(
        record, request=request, view={"request": {"plain": said}, "answer": {"plain": said}}
    )


@pytest.mark.parametrize(
    "header", ["Authorization: Basic dTpw", "Cookie: sid=abc", "X-Api-Key: abc", "Access-Token: abc"]
)
def test_what_opens_doors_is_masked_though_nobody_named_it(header: str) -> None:
    """A recorded production journal holds credentials that no target file knows of."""
    shown = Shower(Redactor(), 480).exchange(_with_header(header))
    name, _, value = header.partition(": ")
    assert f"{name}: ‹secret›" in shown.asked[0].text
    assert value not in shown.asked[0].text


def _with_header(header: str) -> Exchange:
    whole = exchange(1, "heartbeat", {}, {}, plainly)
    request = msgspec.structs.replace(whole.request, head=f"POST / HTTP/1.1\r\n{header}\r\nHost: x\r\n\r\n".encode())
    return msgspec.structs.replace(whole, request=request)


def test_a_card_cut_in_two_is_not_shown_by_half() -> None:
    """A long body is cut where nothing that must be masked can stand half inside."""
    shower = Shower(Redactor(cards=[CARD]), 480)
    for shift in range(len(CARD)):
        body = f"{'x' * (MOST_SHOWN - shift)}{CARD}{'y' * 50}".encode()
        whole = msgspec.structs.replace(exchange(1, "a", {}, {}, plainly), answer=Answer(200, b"", body))
        block = shower.exchange(whole).answered[0]
        assert set(block.text) == {"x"}
        assert block.left_out == len(body) - len(block.text)


# Bodies


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"data=%7B%22a%22%3A1.10%7D", 'data = {"a": 1.10}'),
        (b'data={"a":1}', 'data = {"a": 1}'),
        (b'{"a":1,"a":2}', '{"a": 1, "a": 2}'),
        (b'{"a":{"b":[]},"c":"\\u4eac"}', '{\n  "a": {\n    "b": []\n  },\n  "c": "京"\n}'),
        (b"plain", "plain"),
        (b'{"a":', '{"a":'),
        (b"", ""),
    ],
)
def test_a_body_is_read_without_being_changed(body: bytes, read: str) -> None:
    """Numbers keep their digits, names that stand twice stay, and what is no JSON is left as it is."""
    assert readable(body) == read


def test_json_nested_beyond_reason_is_left_as_it_is() -> None:
    deep = "[" * 5000 + "1" + "]" * 5000
    assert indented(deep) is None
    assert content(deep.encode()) is None


# Pictures


def test_pictures_are_limited_and_failures_come_first() -> None:
    """A run of many sessions keeps as many as it draws, the failing ones among them, and says how many there were."""
    told = Sessions([Blame("EVC-1.4-b", "sequential", (1900, 1800))])
    for number in range(1, 1001):
        start = {"connectorId": 1, "idToken": "C"}
        told.observe(exchange(2 * number, "startTrans", start, {"transactionId": number}, plainly))
        told.observe(exchange(2 * number + 1, "stopTrans", {"transactionId": number}, {}, plainly))
    kept = told.told()
    assert (len(kept.sessions), kept.total, kept.failing) == (MOST_KEPT, 1000, 2)
    assert [session.transaction for session in kept.sessions[:3]] == ["900", "950", "1"]


def test_beats_are_told_once() -> None:
    """A charge of a day has thousands of samples; they are one line with their number."""
    told = Sessions([])
    told.observe(exchange(1, "startTrans", {"connectorId": 1, "idToken": "C"}, {"transactionId": 5}, plainly))
    for seq in range(2, 2002):
        told.observe(exchange(seq, ("heartbeat", "meterValues")[seq % 2], {"transactionId": 5}, {}, plainly))
    (session,) = told.told().sessions
    assert [(event.name, event.times) for event in session.events] == [
        ("startTrans", 1),
        ("heartbeat", 1000),
        ("meterValues", 1000),
    ]
    assert (session.box, session.began_ms) == (BOX, NOON_MS + 1000)


# Languages


def test_every_word_is_there_in_both_languages() -> None:
    """And says something in each; what is filled in is filled into both."""
    known = Words().known
    assert len(known) > 100
    assert [name for name, told in known.items() if told.keys() != LANGUAGES.keys() or not all(told.values())] == []
    holes = {
        name: {language: set(re.findall(r"\{\w+\}", text)) for language, text in told.items()}
        for name, told in known.items()
    }
    assert [name for name, found in holes.items() if found["zh"] != found["en"]] == []


def test_templates_and_words_agree() -> None:
    """A word that no template asks for is taken out; one that is asked for exists, or no page could be made."""
    source = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.jinja2"))
    source += "".join((TEMPLATES.parent / name).read_text("utf-8") for name in ("page.py", "pictures.py"))
    named = set(re.findall(rf'"((?:{"|".join(PLAIN)})\.[a-z-]+)"', source)) - {"page.css", "page.js"}
    known = Words().known
    assert len(named) > 60
    assert named - known.keys() == set()
    assert {name for name in known if name.startswith(tuple(f"{family}." for family in PLAIN))} - named == set()


def test_no_word_of_the_page_stands_in_one_language_only() -> None:
    """Every Chinese word of ours has its English beside it: as many of one as of the other."""
    found = Page(page())
    assert len(found.with_class("zh")) == len(found.with_class("en")) > 200


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("the target does not allow the effect bills, faults", "目标文件不允许此类操作（effects）：bills, faults"),
        (
            "takes 2 d, more than was left of --for 30m; and 1 more reason",
            "需要 2 d，超过 --for 30m 的剩余时间；另有 1 条理由",
        ),
        (
            "the target has no valid card: name one in [[pixit.card]]; box CB-1 was not accepted at boot",
            "目标文件中缺少（valid card）：请在 [[pixit.card]] 中填写；box CB-1 was not accepted at boot",
        ),
        (
            "surface orders: orders: done by hand; a person at the console is needed",
            "orders：须由人工完成；需要有人在控制台操作",
        ),
        ("box CB-1 was not accepted at boot", ""),
        ("", ""),
    ],
)
def test_why_a_row_is_open_is_told_in_chinese(reason: str, chinese: str) -> None:
    """As far as the words are fixed ones; what nobody foresaw is shown as it is."""
    assert chinese_reason(reason) == chinese


def test_every_row_is_told_in_chinese() -> None:
    """A row whose English was changed since is translated anew in reports/html/rows_zh.toml."""
    rows = ledger().values()
    assert len(rows) > 60
    assert [row.id for row in rows if not chinese(row)] == []
