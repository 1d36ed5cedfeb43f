"""A run judged from its journal: what was recorded of the target's address, and who may see it."""

from __future__ import annotations

from pathlib import Path

from conformance.asked import Asked
from conformance.recorded import judge_journal
from conformance.requirements.ledger import select
from conformance.running import Run
from simulators.beijing.messages import Interface
from simulators.journal.reading import read
from simulators.journal.records import Exchange
from simulators.lab.starting import free_port
from tests.unit.front_door import ENVIRONMENT, NOBODY, chargeproof
from tests.unit.test_nothing_leaves import leaks, told_by
from tests.unit.test_target_profile import ENVIRON, blocks

SECRETS = {"BOX_TENANT": "t-90b2-of-the-boxes"}
CITY_TENANT = "t-77ce-of-the-city"


def test_a_secret_in_the_address_of_the_server_is_masked_wherever_a_run_is_shown(tmp_path: Path) -> None:
    """Evidence keeps it, as it was sent; the report, the results and the terminal don't, nor those made elsewhere."""
    address = '"https://127.0.0.1:9/for-${BOX_TENANT}"'
    text = NOBODY.replace('"https://127.0.0.1:9"', address)
    assert text != NOBODY
    (tmp_path / "target.toml").write_text(text, "utf-8")
    out, again = tmp_path / "out", tmp_path / "again"
    words = ("check", "evchong/1.1", "--target", str(tmp_path / "target.toml"), "--out", str(out))
    run = chargeproof(*words, env={**ENVIRONMENT, **SECRETS})
    assert run.returncode == 2, run.stderr
    journal = out / "latest" / "journal.db"
    sent = {each.request.url for each in read([journal]) if isinstance(each, Exchange)}
    assert leaks(" ".join(sent), set(SECRETS.values())) == {SECRETS["BOX_TENANT"]}
    told = told_by(run, out / "latest")
    told |= {
        f"again {name}": text
        for name, text in told_by(
            chargeproof("judge", str(journal), "--out", str(again), env=ENVIRONMENT), again
        ).items()
    }
    assert {name: found for name, text in told.items() if (found := leaks(text, set(SECRETS.values())))} == {}
    assert "/‹secret›/evchong-api" in told["report.html"]
    assert "/‹secret›/evchong-api" in told["again report.html"]


def test_a_secret_in_the_address_of_the_city_s_interfaces_is_known_without_its_name(tmp_path: Path) -> None:
    """The piece of the path that holds it, and no other; what the server calls says nothing of that address."""
    text = blocks("toml")[2]
    for old, new in (
        ("https://127.0.0.1:8443/evcs", f"https://127.0.0.1:{free_port()}/${{TENANT}}/evcs"),
        ("http://0.0.0.0:9100", f"http://127.0.0.1:{free_port()}"),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    stage = Asked(target=str(tmp_path / "mine.toml")).stage({**ENVIRON, "TENANT": CITY_TENANT})
    with Run(stage, tmp_path / "journal.db", select(["CEC-TOK-a"])) as run:
        run.lab.city.ask(Interface.QUERY_STATIONS_INFO, {"LastQueryTime": "", "PageNo": 1, "PageSize": 10})
    assert judge_journal([tmp_path / "journal.db"]).personal.secrets == {CITY_TENANT}
