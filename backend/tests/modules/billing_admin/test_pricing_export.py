"""The pricing table as CSV and XLSX: the filtered list or what is selected, exact to the last digit."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.billing.admin.pricing_export import NUMBERS
from tests.modules.billing_admin.conftest import MakeModel, MakeUser, logged_in
from tests.modules.billing_admin.pages import act, text_of, url

EXPORT = url(AIModelConfig, "export")
CSV, XLSX = "0", "1"


def rows_of(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200
    if response["Content-Type"] == "text/csv":
        return list(csv.DictReader(StringIO(response.content.decode())))
    sheet = load_workbook(BytesIO(response.content)).active
    assert sheet is not None
    header, *rows = sheet.iter_rows(values_only=True)
    values = [["" if value is None else value for value in row] for row in rows]
    return [dict(zip(map(str, header), row, strict=True)) for row in values]


def export(client: Client, file_format: str, **query: str) -> Any:
    return client.post(
        f"{EXPORT}?{'&'.join(f'{k}={v}' for k, v in query.items())}", {"format": file_format, "resource": "0"}
    )


@pytest.mark.parametrize("file_format", [CSV, XLSX])
def test_every_column_of_a_model_is_exact(viewer: Client, make_model: MakeModel, file_format: str) -> None:
    model = make_model(
        input_cost_per_1m=Decimal("0.00000015"),
        output_cost_per_1m=Decimal(0),
        context_window=128000,
        max_output_tokens=16000,
        supports_vision=True,
        sort_order=-3,
        description="Plain",
    )
    (row,) = rows_of(export(viewer, file_format, q=model.model_name))
    updated = row.pop("updated_at")
    assert updated == model.updated_at.isoformat(timespec="seconds")
    if file_format == XLSX:
        # Numbers that a sheet calculates with.
        numbers = {name: row[name] for name in NUMBERS if row[name] != ""}
        assert {type(number) for number in numbers.values()} <= {int, float}
        row |= {name: f"{Decimal(repr(number)):f}" for name, number in numbers.items()}
    assert row == {
        "model_name": model.model_name,
        "display_name": model.display_name,
        "model_type": "text",
        "provider": model.provider.slug,
        "input_cost_per_1m": "0.00000015",
        "output_cost_per_1m": "0",
        "cost_per_image": "",
        "context_window": "128000",
        "max_output_tokens": "16000",
        "valid_sizes": "",
        "supports_json_mode": "no",
        "supports_vision": "yes",
        "supports_function_calling": "no",
        "is_active": "yes",
        "is_default": "no",
        "sort_order": "-3",
        "description": "Plain",
        "updated_by": "",
    }


def test_a_sheet_shows_a_small_price_without_an_exponent(viewer: Client, make_model: MakeModel) -> None:
    model = make_model(input_cost_per_1m=Decimal("0.00000015"), context_window=128000)
    sheet = load_workbook(BytesIO(export(viewer, XLSX, q=model.model_name).content)).active
    assert sheet is not None
    cells = {heading.value: cell for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["input_cost_per_1m"].number_format == "0.00######"
    assert cells["context_window"].number_format == "#,##0"


def test_the_documents_prices_leave_as_they_are(viewer: Client) -> None:
    rows = {row["model_name"]: row for row in rows_of(export(viewer, CSV, provider__slug__exact="openai"))}
    assert len(rows) == 9
    assert (rows["gpt-4o"]["input_cost_per_1m"], rows["gpt-4o"]["output_cost_per_1m"]) == ("2.5", "10")
    assert (rows["dall-e-3"]["cost_per_image"], rows["dall-e-3"]["valid_sizes"]) == (
        "0.04",
        "1024x1024 1024x1792 1792x1024",
    )


@pytest.mark.parametrize("file_format", [CSV, XLSX])
def test_the_filter_of_the_list_is_kept(viewer: Client, file_format: str) -> None:
    query = {"model_type__exact": "image", "provider__slug__exact": "openai", "is_active__exact": "1"}
    assert {row["model_name"] for row in rows_of(export(viewer, file_format, **query))} == {
        "dall-e-3",
        "dall-e-2",
    }


@pytest.mark.parametrize("file_format", [CSV, XLSX])
def test_only_what_is_selected_leaves(viewer: Client, make_model: MakeModel, file_format: str) -> None:
    one, two, _three = (make_model() for _ in range(3))
    page = act(viewer, "export_admin_action", [one, two])
    assert "Export 2 selected items." in text_of(page)
    data = {"format": file_format, "resource": "0", "export_items": [one.pk, two.pk]}
    rows = rows_of(viewer.post(EXPORT, data))
    assert {row["model_name"] for row in rows} == {one.model_name, two.model_name}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"]
)
@pytest.mark.parametrize("file_format", [CSV, XLSX])
def test_no_text_becomes_a_formula(
    viewer: Client, make_model: MakeModel, text: str, file_format: str
) -> None:
    model = make_model(description=text)
    (row,) = rows_of(export(viewer, file_format, q=model.model_name))
    assert row["description"] == f"'{text}"


def test_no_size_that_sql_stored_becomes_a_formula(viewer: Client, make_model: MakeModel) -> None:
    model = make_model("image", valid_sizes=["+1", "1x1"])
    (row,) = rows_of(export(viewer, CSV, q=model.model_name))
    assert row["valid_sizes"] == "'+1 1x1"


def test_what_a_sheet_cannot_hold_is_replaced(viewer: Client, make_model: MakeModel) -> None:
    model = make_model(description="bell \x07 rings")
    (row,) = rows_of(export(viewer, XLSX, q=model.model_name))
    assert row["description"] == "bell � rings"


def test_csv_and_xlsx_are_offered_and_nothing_else(viewer: Client) -> None:
    page = viewer.get(EXPORT)
    assert [label for value, label in page.context["form"].fields["format"].choices if value] == [
        "csv",
        "xlsx",
    ]
    assert export(viewer, "2").context["form"].errors["format"]
    csv_file, xlsx_file = export(viewer, CSV), export(viewer, XLSX)
    assert csv_file["Content-Disposition"].endswith('.csv"')
    assert xlsx_file["Content-Disposition"].endswith('.xlsx"')


def test_who_may_not_look_may_not_export(make_user: MakeUser, model: AIModelConfig) -> None:
    stranger = logged_in(make_user("eve", "view_aiprovider"))
    assert stranger.get(EXPORT).status_code == 403
    assert export(stranger, CSV).status_code == 403
    assert Client().get(EXPORT).status_code == 302
