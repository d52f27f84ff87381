"""How long one person may compute in an hour."""

from __future__ import annotations

from pathlib import Path

import pytest
from label_site import Site

from charsam.errors import SettingsError
from charsam.server.access import Access
from charsam.server.budgets import HOUR, HourlyBudget
from charsam.server.engine import Engine
from charsam.server.model_turns import Turns
from charsam.server.serving import BUDGET_VARIABLE, Mode, Serving, serving
from charsam.workspace.errors import BudgetSpent


def test_who_has_spent_the_hours_budget_is_told_how_long_to_wait() -> None:
    now = [0.0]
    budget = HourlyBudget(100, clock=lambda: now[0])
    budget.spend("ann", 60)
    now[0] = 600
    budget.spend("ann", 70)

    with pytest.raises(BudgetSpent, match=r"used the 100 seconds of computing .* go on in 50 minutes") as told:
        budget.check("ann")

    assert told.value.wait == HOUR - 600
    budget.check("bob")
    budget.check("ann", times=2)
    now[0] = HOUR
    budget.check("ann")


def test_turns_are_paid_for_and_refused_before_the_work() -> None:
    now = [0.0]
    turns = Turns(budget=HourlyBudget(1e-9, clock=lambda: now[0]))
    with turns.turn("background:ann", payer="ann"):
        pass

    with pytest.raises(BudgetSpent), turns.turn("ann"):
        pytest.fail("it was worked on")
    with turns.turn("bob"):
        pass


def test_a_run_over_the_budget_is_refused_in_a_sentence(access: Access, engine: Engine) -> None:
    site = Site(access, engine)
    client = site.visitor()
    image = site.sign(client)
    site.service.turns._budget.spend(site.caller(client).key, 1e6)

    answer = client.post(f"/label/documents/{image}/edits", json={"base": 1, "command": {"do": "annotate"}})

    assert answer.status_code == 429
    assert "300 seconds of computing" in answer.json()["error"]
    assert int(answer.headers["Retry-After"]) > 3000


def test_what_is_done_in_the_background_counts_as_its_owners(access: Access, engine: Engine) -> None:
    site = Site(access, engine)
    client = site.visitor()
    site.sign(client)
    site.service.turns._budget.spend(site.caller(client).key, 1e6)
    project = site.inbox(client)

    client.post(f"/label/projects/{project}/annotate", json={})
    site.service.annotator.wait(0.5)
    progress = client.get(f"/label/projects/{project}/progress").json()
    site.service.annotator.close()

    assert "300 seconds of computing" in str(progress)


@pytest.mark.parametrize(("said", "seconds"), [(None, None), ("0", 0.0), ("90", 90.0)])
def test_the_budget_can_be_set(said: str | None, seconds: float | None) -> None:
    assert serving(environment={BUDGET_VARIABLE: said} if said else {}).hour_seconds == seconds


def test_a_budget_that_is_no_number_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match="CHARSAM_HOUR_SECONDS is much; expected a number"):
        serving(environment={BUDGET_VARIABLE: "much"})


@pytest.mark.parametrize(("mode", "chosen", "seconds"), [(Mode.LOCAL, None, None), (Mode.LOGIN, None, 3000.0)])
def test_only_people_who_share_a_server_have_a_budget(
    tmp_path: Path, mode: Mode, chosen: float | None, seconds: float | None
) -> None:
    access = Access(Serving(mode, tmp_path, hour_seconds=chosen))
    assert access.workspace.quota.hour_seconds == seconds
    access.close()
