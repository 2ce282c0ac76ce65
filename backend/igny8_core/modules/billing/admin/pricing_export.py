"""The pricing table as people take it elsewhere: exact prices in fixed notation, and no text that a sheet would run."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from import_export import resources
from import_export.fields import Field
from import_export.formats.base_formats import XLSX
from openpyxl import load_workbook

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.billing.admin.price_field import plain_price

# Spreadsheets run a cell that begins with one of these; an apostrophe before it makes it a text.
# The wide ones are read as their narrow forms where East Asian text is typed.
RUN_BY_SHEETS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


# Columns that a sheet can calculate with, and how it shows them: never as 1.5E-07.
NUMBERS: Final = {
    "input_cost_per_1m": "0.00######",
    "output_cost_per_1m": "0.00######",
    "cost_per_image": "0.00######",
    "context_window": "#,##0",
    "max_output_tokens": "#,##0",
    "sort_order": "0",
}


class PricingSheet(XLSX):
    """XLSX whose numbers are numbers. A sheet keeps 15 digits, and no price has more."""

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        book = load_workbook(BytesIO(super().export_data(dataset, **kwargs)))
        for column in book.active.iter_cols():
            heading, *cells = column
            if shown_as := NUMBERS.get(heading.value):
                for cell in cells:
                    if cell.value not in (None, ""):
                        cell.value, cell.number_format = Decimal(cell.value), shown_as
        file = BytesIO()
        book.save(file)
        return file.getvalue()


class PricingResource(resources.ModelResource):
    """One row a model, prices as exact texts such as 0.00000015."""

    updated_by = Field(column_name="updated_by", attribute="updated_by__username", default="")
    valid_sizes = Field(column_name="valid_sizes", attribute="valid_sizes")

    class Meta:
        model = AIModelConfig
        name = "Pricing table"
        fields = (
            "model_name",
            "display_name",
            "model_type",
            "provider",
            "input_cost_per_1m",
            "output_cost_per_1m",
            "cost_per_image",
            "context_window",
            "max_output_tokens",
            "valid_sizes",
            "supports_json_mode",
            "supports_vision",
            "supports_function_calling",
            "is_active",
            "is_default",
            "sort_order",
            "description",
            "updated_at",
            "updated_by",
        )
        export_order = fields

    def export_field(self, field: Field, instance: AIModelConfig, **kwargs: Any) -> str:
        """Every cell is a text."""
        return _cell(field.get_value(instance))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain_price(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat(timespec="seconds"))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        text = " ".join(str(size) for size in value)
    else:
        text = str(getattr(value, "slug", value))
    return f"'{text}" if text.startswith(RUN_BY_SHEETS) else text
