"""A suspect price is asked about once, and the answer holds for these very prices."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from igny8_core.business.billing.models import AIModelConfig
from tests.modules.billing_admin.conftest import MakeModel
from tests.modules.billing_admin.pages import history_of, opened, saved, text_of, typed_nothing, url

TENFOLD = "input price: $0.15 -> $1.50 per 1M, 10 times as much"


def box_of(response: Any) -> str | None:
    """What the checkbox on the page would send."""
    found = re.search(
        r'<input type="checkbox" id="id_confirm_prices" name="confirm_prices" value="([^"]+)"', page(response)
    )
    return found and found[1]


def page(response: Any) -> str:
    return str(response.content.decode())


def input_price(model: AIModelConfig) -> Decimal | None:
    model.refresh_from_db()
    return model.input_cost_per_1m


def test_a_tenfold_price_is_refused_once_and_saved_when_confirmed(
    operator: Client, alice: User, model: AIModelConfig
) -> None:
    refused = saved(operator, model, input_cost_per_1m="1.50")
    assert refused.status_code == 200
    assert refused.context["adminform"].form.errors == {"input_cost_per_1m": [TENFOLD]}
    assert TENFOLD in text_of(refused)
    assert "Yes, these prices are right" in text_of(refused)
    assert input_price(model) == Decimal("0.15")
    assert len(history_of(model)) == 1

    data = typed_nothing(refused) | {"confirm_prices": box_of(refused)}
    assert operator.post(url(model, "change"), data).status_code == 302
    assert input_price(model) == Decimal("1.50")
    assert history_of(model)[-1] == ("~", alice.username, f"confirmed {TENFOLD}")


def test_the_page_asks_for_nothing_before_a_price_is_suspect(operator: Client, model: AIModelConfig) -> None:
    assert box_of(operator.get(url(model, "change"))) is None
    # $1.49 is 9.93 times as much.
    assert saved(operator, model, input_cost_per_1m="1.49").status_code == 302
    assert input_price(model) == Decimal("1.49")


def test_another_price_after_the_confirmation_is_asked_about_again(
    operator: Client, model: AIModelConfig
) -> None:
    refused = saved(operator, model, input_cost_per_1m="1.50")
    confirmed = {"confirm_prices": box_of(refused)}
    again = saved(operator, model, input_cost_per_1m="15", **confirmed)
    assert again.status_code == 200
    assert again.context["adminform"].form.errors == {
        "input_cost_per_1m": ["input price: $0.15 -> $15.00 per 1M, 100 times as much"]
    }
    assert box_of(again) not in (None, confirmed["confirm_prices"])
    assert f'value="{box_of(again)}" checked' not in page(again)
    assert input_price(model) == Decimal("0.15")


def test_one_confirmed_price_does_not_carry_another(operator: Client, model: AIModelConfig) -> None:
    box = box_of(saved(operator, model, input_cost_per_1m="1.50"))
    both = saved(operator, model, input_cost_per_1m="1.50", output_cost_per_1m="0", confirm_prices=box)
    assert both.context["adminform"].form.errors == {
        "input_cost_per_1m": [TENFOLD],
        "output_cost_per_1m": ["output price: $0.60 -> $0.00 per 1M, calls would be free"],
    }
    assert input_price(model) == Decimal("0.15")


def test_a_made_up_confirmation_confirms_nothing(operator: Client, model: AIModelConfig) -> None:
    for box in ("on", "true", "1"):
        assert saved(operator, model, input_cost_per_1m="1.50", confirm_prices=box).status_code == 200
    assert input_price(model) == Decimal("0.15")


def test_a_price_per_token_in_a_new_model_is_asked_about(operator: Client, model: AIModelConfig) -> None:
    data = opened(operator, model) | {"model_name": "per-token", "input_cost_per_1m": "0.00000015"}
    refused = operator.post(url(AIModelConfig, "add"), data)
    assert refused.context["adminform"].form.errors["input_cost_per_1m"] == [
        "input price: $0.00000015 per 1M, it looks like a price per token, which would be $0.15 per 1M"
    ]
    assert not AIModelConfig.objects.filter(model_name="per-token").exists()


def test_a_confirmation_is_kept_while_another_error_is_corrected(
    operator: Client, model: AIModelConfig
) -> None:
    box = box_of(saved(operator, model, input_cost_per_1m="1.50"))
    wrong = saved(operator, model, input_cost_per_1m="1.50", confirm_prices=box, display_name="")
    assert wrong.context["adminform"].form.errors == {"display_name": ["This field is required."]}
    assert f'value="{box}" checked' in page(wrong)
    data = typed_nothing(wrong) | {"confirm_prices": box, "display_name": "Right"}
    assert operator.post(url(model, "change"), data).status_code == 302
    assert input_price(model) == Decimal("1.50")


def test_a_long_reason_fits_the_history(operator: Client, make_model: MakeModel) -> None:
    model = make_model()
    typed = {"input_cost_per_1m": "0.00000015", "output_cost_per_1m": "0.00000060"}
    box = box_of(saved(operator, model, **typed))
    assert saved(operator, model, confirm_prices=box, **typed).status_code == 302
    reason = history_of(model)[-1][2]
    assert reason is not None
    assert len(reason) == 100
    assert reason.startswith("confirmed input price: $0.15 -> $0.00000015 per 1M, 1,000,000 times less;")
