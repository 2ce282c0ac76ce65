"""A page opened before somebody else's edit does not put the old prices back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.billing_admin.conftest import MakeUser, logged_in
from tests.modules.billing_admin.pages import history_of, opened, saved, text_of, typed_nothing, url


def prices(model: AIModelConfig) -> tuple[Decimal | None, Decimal | None]:
    model.refresh_from_db()
    return model.input_cost_per_1m, model.output_cost_per_1m


def refusal_of(response: Any) -> str:
    assert response.status_code == 200
    (sentence,) = response.context["adminform"].form.non_field_errors()
    return str(sentence)


def test_who_saves_last_is_told_who_was_first_and_what_is_stored(
    operator: Client, model: AIModelConfig, make_user: MakeUser
) -> None:
    page = opened(operator, model)
    carol = logged_in(make_user("carol"))
    saved(carol, model, input_cost_per_1m="0.20")
    when = model.history.first().history_date

    late = operator.post(url(model, "change"), page | {"output_cost_per_1m": "0.70"})
    assert refusal_of(late) == (
        f"{carol.user.username} changed this on {when:%Y-%m-%d at %H:%M} UTC after you opened this page, so nothing was"  # type: ignore[attr-defined]
        " saved. Stored now, where your page differs: Input price: $0.2 per 1M; Output price: $0.6 per 1M. Save again"
        " to store what this page says."
    )
    assert "Stored now, where your page differs" in text_of(late)
    assert prices(model) == (Decimal("0.20"), Decimal("0.60"))
    assert len(history_of(model)) == 2


def test_saving_again_after_the_refusal_stores_the_page(operator: Client, model: AIModelConfig) -> None:
    page = opened(operator, model)
    AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal("0.20"))
    late = operator.post(url(model, "change"), page | {"output_cost_per_1m": "0.70"})
    again = typed_nothing(late)
    assert operator.post(url(model, "change"), again).status_code == 302
    assert prices(model) == (Decimal("0.15"), Decimal("0.70"))


def test_an_update_that_no_history_knows_is_noticed_too(operator: Client, model: AIModelConfig) -> None:
    page = opened(operator, model)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_aimodelconfig SET output_cost_per_1m = 0.9 WHERE id = %s", [model.pk])
    late = operator.post(url(model, "change"), page)
    assert refusal_of(late).startswith("Somebody changed this outside the admin after you opened this page")
    assert prices(model) == (Decimal("0.15"), Decimal("0.9"))


def test_an_edit_that_came_back_to_the_same_is_no_conflict(operator: Client, model: AIModelConfig) -> None:
    page = opened(operator, model)
    for price in ("0.20", "0.15"):
        AIModelConfig.objects.filter(pk=model.pk).update(input_cost_per_1m=Decimal(price))
    assert operator.post(url(model, "change"), page | {"description": "new"}).status_code == 302


def test_of_two_who_save_at_once_one_is_refused(
    alice: User, model: AIModelConfig, make_user: MakeUser
) -> None:
    clients = [logged_in(alice), logged_in(make_user("dave"))]
    pages = [opened(client, model) for client in clients]
    together = Barrier(2)

    def save(number: int) -> int:
        try:
            together.wait(timeout=30)
            data = pages[number] | {"input_cost_per_1m": ("0.21", "0.22")[number]}
            return clients[number].post(url(model, "change"), data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(save, range(2)))
    assert sorted(statuses) == [200, 302]
    won = Decimal(("0.21", "0.22")[statuses.index(302)])
    assert prices(model) == (won, Decimal("0.60"))
    assert len(history_of(model)) == 2
