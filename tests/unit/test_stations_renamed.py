"""A scenario that gives a station another name leaves it as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.beijing import test_1_1_1_stations as scenarios
from conformance.beijing.asking import fetch_token
from simulators.lab.client import Lab, Unmet
from tests.unit.city_lab import Story, story

BEFORE_THE_EDIT = 3  # tokens that are fetched


def names(told: Story) -> dict[str, str]:
    told.authorize()
    return scenarios.names_in(scenarios.pages_of(told.lab))


@pytest.mark.parametrize("breaks_off", [False, True])
def test_a_station_has_its_name_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks_off: bool) -> None:
    """Also where the server gives the platform no token any more while the station has the other one."""
    fetched, seen = [], []

    def fetch(lab: Lab) -> None:
        fetched.append(lab)
        fetch_token(lab)
        if len(fetched) > BEFORE_THE_EDIT:
            seen.append(scenarios.names_in(scenarios.pages_of(lab)))
            if breaks_off:
                raise Unmet("no token")

    monkeypatch.setattr(scenarios, "fetch_token", fetch)
    with story(tmp_path) as told:
        before = names(told)
        if breaks_off:
            with pytest.raises(Unmet, match="no token"):
                scenarios.test_stations_that_changed_since(told.lab)
        else:
            scenarios.test_stations_that_changed_since(told.lab)
        assert seen[-1] != before
        assert names(told) == before
