"""The list of models: nine columns, badges and icons with words, filters, search, constant queries."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.billing.admin import AIModelConfigAdmin
from tests.modules.billing_admin.conftest import MakeModel
from tests.modules.billing_admin.pages import text_of, url

LIST = url(AIModelConfig, "changelist")


def row_of(client: Client, name: str) -> dict[str, str]:
    """The cells of a model's row, by their class, with their tags."""
    page = client.get(LIST, {"q": name}).content.decode()
    row = next(row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if f">{name}</a>" in row)
    cells = re.findall(r'<t[dh] class="field-(\w+) .*?>(.*?)</t[dh]>', row, re.DOTALL)
    return {name: " ".join(cell.split()) for name, cell in cells}


def words(cell: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", cell).split())


def names(client: Client, **query: str) -> set[str]:
    return {model.model_name for model in client.get(LIST, query).context["cl"].queryset}


def test_the_nine_columns_say_what_a_model_is(operator: Client) -> None:
    cells = row_of(operator, "gpt-4o-mini")
    assert list(cells) == [
        "model_name",
        "display_name",
        "type_badge",
        "provider_badge",
        "price",
        "context",
        "active",
        "default",
        "order",
    ]
    assert [words(cells[name]) for name in list(cells)[:6]] == [
        "gpt-4o-mini",
        "GPT-4o mini - Fast &amp; Affordable",
        "Text",
        "OpenAI",
        "$0.1500/$0.6000 per 1M",
        "128,000",
    ]
    assert words(cells["order"]) == "1"


def test_an_image_model_shows_its_price_per_image(operator: Client) -> None:
    cells = row_of(operator, "dall-e-3")
    assert (words(cells["price"]), words(cells["context"])) == ("$0.0400/image", "–")


def test_types_and_providers_are_badges_of_their_own_colours(operator: Client, model: AIModelConfig) -> None:
    assert "bg-blue-100" in row_of(operator, "gpt-4o-mini")["type_badge"]
    assert "bg-primary-100" in row_of(operator, "dall-e-3")["type_badge"]
    assert "bg-green-100" in row_of(operator, "gpt-4o-mini")["provider_badge"]
    other = row_of(operator, model.model_name)["provider_badge"]
    assert "rounded-default" in other
    assert words(other) == model.provider.name


def test_icons_have_words_and_not_default_is_no_alarm(operator: Client) -> None:
    first, second = row_of(operator, "gpt-4o-mini"), row_of(operator, "gpt-image-1")
    assert 'aria-label="Active"' in first["active"]
    assert 'aria-label="Default"' in first["default"]
    assert 'aria-label="Inactive"' in second["active"]
    assert 'aria-label="Not default"' in second["default"]
    assert "red" not in second["active"] + second["default"]
    assert words(second["default"]) == "–"


@pytest.mark.parametrize(
    ("query", "within", "without"),
    [
        ({"model_type__exact": "image"}, "dall-e-3", "gpt-4o"),
        ({"provider__slug__exact": "openai"}, "gpt-4o", None),
        ({"is_active__exact": "0"}, "gpt-image-1", "gpt-4o"),
        ({"is_default__exact": "1"}, "gpt-4o-mini", "gpt-4o"),
        ({"supports_json_mode__exact": "1"}, "gpt-4o-mini", "dall-e-3"),
        ({"supports_vision__exact": "1"}, "gpt-4o", "gpt-4o-mini"),
        ({"supports_function_calling__exact": "1"}, "gpt-4o", "dall-e-3"),
    ],
)
def test_each_filter_filters(
    operator: Client, model: AIModelConfig, query: dict[str, str], within: str, without: str | None
) -> None:
    found = names(operator, **query)
    assert within in found
    assert (without or model.model_name) not in found


@pytest.mark.parametrize("field", ["model_name", "display_name", "description"])
def test_search_finds_a_model_by(operator: Client, make_model: MakeModel, field: str) -> None:
    model = make_model(**{field: f"needle in {field}"})
    assert names(operator, q=f"needle in {field}") == {model.model_name}


def test_the_list_asks_the_same_few_questions_whatever_its_length(
    operator: Client, make_model: MakeModel
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(LIST).status_code == 200
        return len(captured)

    queries()
    before = queries()
    for _ in range(20):
        make_model()
    assert queries() == before


def test_prices_in_the_list_are_never_in_powers_of_ten(operator: Client, make_model: MakeModel) -> None:
    model = make_model(input_cost_per_1m="0.0000002", output_cost_per_1m="0")
    assert words(row_of(operator, model.model_name)["price"]) == "$0.0000002/$0.0000 per 1M"


def test_the_admin_class_is_where_the_document_says() -> None:
    assert type(site._registry[AIModelConfig]) is AIModelConfigAdmin
    assert len(AIModelConfigAdmin.list_display) == 9


def test_the_list_offers_export_and_no_import(operator: Client) -> None:
    page = operator.get(LIST)
    assert f'href="{LIST}export/?' in page.content.decode()
    assert "Import" not in text_of(page)
    assert operator.get(f"{LIST}import/").status_code in (302, 404)
