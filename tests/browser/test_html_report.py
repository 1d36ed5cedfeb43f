"""The page of a run in a real browser: a run against a server with one defect, read as a person would read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from conformance.asked import Asked
from conformance.recorded import judge_journal
from conformance.running import Run, play_all
from conformance.scenario import scenarios_of
from reports.html.page import page as page_of
from reports.html.page import write_html
from simulators.journal.reading import read
from tests.unit import city_run
from tests.unit.html_run import records, result

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
SCRIPT = "</script><script>document.title='broken in'</script><img src=x onerror=\"document.title='broken in'\">"

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason=f"no browser: {CHROMIUM} is not there (Debian: apt-get install chromium fonts-noto-cjk)",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run against a server that hands out the connector's number as transactionId."""
    folder = tmp_path_factory.mktemp("run")
    asked = Asked(words=("EVC-1.4-b",), sut="ReusesTransactionIds")
    stage = asked.stage({})
    journal = folder / "journal.db"
    with Run(stage, journal, asked.rows(stage.target)) as run:
        played = list(play_all(run, [one for one in scenarios_of("evchong") if "EVC-1.4-b" in one.rows]))
    assert played
    return write_html(judge_journal([journal]), read(journal), folder)


class Reader:
    """Somebody who opens the page, and hears what the browser complains of."""

    def __init__(self, browser: Browser, path: Path, size: dict[str, int], locale: str = "en-GB") -> None:
        self.complaints: list[str] = []
        self.asked_for: list[str] = []
        context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, locale=locale)
        self.page: Page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked_for.append(request.url))
        self.page.goto(path.as_uri())

    def _heard(self, message: ConsoleMessage) -> None:
        self.complaints.append(message.text)


@pytest.fixture
def reader(browser: Browser, report: Path) -> Iterator[Reader]:
    reader = Reader(browser, report, WIDE)
    yield reader
    reader.page.context.close()


def test_the_page_opens_without_a_request_or_a_complaint(reader: Reader, report: Path) -> None:
    """One file, and a policy that its own script and style keep."""
    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("fail")
    assert reader.complaints == []
    assert reader.asked_for == [report.as_uri()]


def test_the_language_is_switched_and_remembered(reader: Reader) -> None:
    """All words change, the element says which language it is, and a reload keeps the choice."""
    page = reader.page
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_text("中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("heading", level=1)).to_contain_text("不通过")
    expect(page.locator("#search")).to_have_attribute("placeholder", "搜索编号、文字、报文……")
    assert page.locator(".en:visible").count() == 0
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_a_link_may_name_the_language(browser: Browser, report: Path) -> None:
    reader = Reader(browser, report, WIDE, "en-GB")
    reader.page.goto(f"{report.as_uri()}#lang=zh")
    expect(reader.page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_a_failure_shows_the_message_behind_it(reader: Reader) -> None:
    """Expected and actual side by side, and one click further the decoded request and answer."""
    row = reader.page.locator("#EVC-1\\.4-b")
    finding = row.locator(".finding").first
    expect(finding.locator(".expected")).to_contain_text("a transactionId that this box was never given")
    left, right = finding.locator(".expected").bounding_box(), finding.locator(".actual").bounding_box()
    assert left is not None
    assert right is not None
    assert (left["y"], left["x"] < right["x"]) == (right["y"], True)
    finding.locator(".behind > summary").click()
    message = finding.locator(".message").first
    expect(message).to_contain_text("startTransactionReq")
    expect(message).to_contain_text('"transactionId"')
    assert "CARD-VALID" not in reader.page.content()


def test_failures_are_filtered_and_words_are_found(reader: Reader) -> None:
    page = reader.page
    page.locator("label[for=show-open]").click()
    expect(page.locator("#EVC-1\\.4-b")).to_be_hidden()
    page.locator("label[for=show-fail]").click()
    expect(page.locator("#EVC-1\\.4-b")).to_be_visible()
    page.locator("#search").fill("no such words")
    expect(page.locator("#EVC-1\\.4-b")).to_be_hidden()
    expect(page.get_by_text("No row fits.")).to_be_visible()
    page.locator("#search").fill("startTransactionReq")  # it stands in the message, not in the row
    expect(page.locator("#EVC-1\\.4-b")).to_be_visible()


@pytest.mark.parametrize(("size", "drawn"), [(WIDE, "wide"), (NARROW, "narrow")])
def test_the_page_fits(browser: Browser, report: Path, size: dict[str, int], drawn: str) -> None:
    """Nothing sticks out, and the picture is the one for that width."""
    reader = Reader(browser, report, size)
    assert reader.page.evaluate("document.documentElement.scrollWidth") == size["width"]
    shown = reader.page.locator(".picture[open] svg:visible")
    assert shown.count() > 0
    assert {one.get_attribute("class") for one in shown.all()} == {f"chart {drawn}"}
    reader.page.context.close()


def test_paper_has_what_matters(reader: Reader) -> None:
    """In print every failure is unfolded, there is no button, and a filter hides nothing."""
    page = reader.page
    page.locator("label[for=show-open]").click()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#EVC-1\\.4-b .finding").first).to_be_visible()
    expect(page.locator("#picture-1 .mark-message").first).to_be_visible()
    expect(page.locator(".message.bad").first).to_be_visible()
    expect(page.get_by_text("Sign-off")).to_be_visible()
    assert page.locator("button:visible").count() == 0
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"


def test_what_a_server_says_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    """Not even after every fold is open and every message copied."""
    path = tmp_path / "report.html"
    path.write_text(page_of(result(lambda _: SCRIPT), records(lambda _: SCRIPT)), "utf-8")
    reader = Reader(browser, path, WIDE)
    page = reader.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    expect(page.locator(".slot .message").first).to_contain_text(SCRIPT)
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert "broken in" not in page.title()
    assert reader.complaints == []
    page.context.close()


@pytest.fixture(scope="module")
def city_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run whose server signed an order wrongly, and had it refused eight times."""
    kept = city_run.records()
    return write_html(city_run.result(kept), kept, tmp_path_factory.mktemp("city"))


def test_a_failure_of_the_city_shows_its_decrypted_message(browser: Browser, city_report: Path) -> None:
    """Two clicks from the row: what was inside the envelope, and the step that failed, in the reader's language."""
    reader = Reader(browser, city_report, WIDE)
    page = reader.page
    finding = page.locator("#CEC-ENV-c .finding").first
    finding.locator(".behind > summary").click()
    message = finding.locator(".message").first
    expect(message).to_contain_text("Decrypted content")
    expect(message).to_contain_text('"TotalPower": 0.52')
    expect(message.locator(".wrong .en").first).to_have_text("Sig verifies (HMAC-MD5)")
    page.get_by_text("中文").click()
    expect(message.locator(".wrong .zh").first).to_be_visible()
    expect(message.locator(".wrong .en").first).to_be_hidden()
    assert [value for value in (city_run.TOKEN, city_run.SECRET, city_run.PERSON) if value in page.content()] == []
    assert reader.complaints == []
    page.context.close()


@pytest.mark.parametrize(("size", "drawn"), [(WIDE, "wide"), (NARROW, "narrow")])
def test_the_lane_of_the_city_fits(browser: Browser, city_report: Path, size: dict[str, int], drawn: str) -> None:
    """Three lanes, the ladder in them, and no word sticks out of the chart, in either language."""
    reader = Reader(browser, city_report, size)
    page = reader.page
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    chart = page.locator(f".picture[open] svg.{drawn}:visible").first
    assert chart.locator(".mark-push").count() >= len(city_run.LADDER_S) + 3
    for language in ("中文", "English"):
        page.get_by_text(language).click()
        room = chart.bounding_box()
        assert room is not None
        boxes = [text.bounding_box() for text in chart.locator("text:visible").all()]
        assert len(boxes) > 30
        assert [
            box for box in boxes if box and not -1 <= box["x"] - room["x"] <= room["width"] - box["width"] + 1
        ] == []
    page.context.close()


def test_what_stands_inside_an_envelope_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    """Every name and string of a decrypted Data is a script; after every fold is open it is still text."""
    kept = city_run.records(lambda _: SCRIPT)
    path = write_html(city_run.result(kept, lambda _: SCRIPT), kept, tmp_path)
    reader = Reader(browser, path, WIDE)
    page = reader.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    expect(page.locator(".slot .message").first).to_contain_text("document.title='broken in'")
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert "broken in" not in page.title()
    assert reader.complaints == []
    page.context.close()


def test_the_page_is_whole_without_scripts(browser: Browser, report: Path) -> None:
    """A mail client or a strict office: findings, filter and both languages are still there."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    expect(page.locator("#EVC-1\\.4-b .finding").first).to_be_visible()
    page.get_by_text("English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("fail")
    context.close()
