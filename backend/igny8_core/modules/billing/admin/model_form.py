"""The form of a model and its prices."""

from __future__ import annotations

import json
from copy import copy
from typing import Any, Final

from django import forms
from django.utils import timezone

from igny8_core.business.billing.edit_problems import name_problem
from igny8_core.business.billing.model_status import Status, default_of, status_problems
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.models.ai_model_config import MOST_USD
from igny8_core.business.billing.price_checks import PLAUSIBLE, SuspectPrice, confirmation, suspect_prices
from igny8_core.business.billing.price_sheet import PriceSheet
from igny8_core.business.billing.rate_problems import BASE_UNITS, replacing_rates
from igny8_core.business.billing.rate_words import dated_in_words
from igny8_core.business.billing.reverts import prices_of
from igny8_core.modules.billing.admin.guarded_form import GuardedForm
from igny8_core.modules.billing.admin.price_field import PriceField

# A checkbox whose value names the prices that it confirms.
CONFIRM: Final = "confirm_prices"

LABELS: Final = {field: price.label.capitalize() for field, price in PLAUSIBLE.items()}


class SizesDecoder(json.JSONDecoder):
    """What is nested too deep or has a number too long to be read is refused like any other text that is no JSON, and so
    is half a character ("\\ud800"), which no page can show again."""

    def decode(self, s: str, *args: Any) -> Any:
        try:
            value = super().decode(s, *args)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("cannot be read", "", 0) from error
        return value


class AIModelConfigForm(GuardedForm):
    input_cost_per_1m = PriceField(
        label=LABELS["input_cost_per_1m"],
        help_text="USD per 1M input tokens. A text model needs it; 0 is a price.",
    )
    output_cost_per_1m = PriceField(
        label=LABELS["output_cost_per_1m"],
        help_text="USD per 1M output tokens. A text model needs it; 0 is a price.",
    )
    cost_per_image = PriceField(
        label=LABELS["cost_per_image"], help_text="USD per image. An image model needs it; 0 is a price."
    )

    class Meta:
        model = AIModelConfig
        fields = "__all__"
        labels = LABELS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("description", "valid_sizes"):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 3
        if "valid_sizes" in self.fields:
            self.fields["valid_sizes"].error_messages["invalid"] = (
                'Sizes are a list in brackets and quotation marks, e.g. ["1024x1024", "1024x1792"].'
            )
        if "valid_sizes" in self.fields:
            self.fields["valid_sizes"].decoder = SizesDecoder  # type: ignore[attr-defined]
        # As it is before what was typed is written into the instance.
        self.stored = copy(self.instance) if self.instance.pk else None
        self.suspects: tuple[SuspectPrice, ...] = ()
        # Label of a base price -> the rates that take its place: for a page that has no fields to say it below.
        self.replaced: dict[str, str] = {}
        if self.stored is not None:
            self._say_what_is_charged(self.stored.price_sheet)

    def _say_what_is_charged(self, sheet: PriceSheet) -> None:
        """Below each base price whose place a rate takes, now or later: nobody should take it for what is charged."""
        now = timezone.now()
        for name, unit in BASE_UNITS.items():
            rates = [
                dated
                for dated in replacing_rates(sheet, unit)
                if dated.valid_to is None or dated.valid_to > now
            ]
            if rates and getattr(sheet, name) is not None:
                is_now = rates[0].is_valid_at(now)
                words = " Then ".join(f"“{dated_in_words(dated)}”." for dated in rates)
                said = f"Not charged now: a rate below takes its place, {words}"
                later = f"A rate below will take its place: {words}"
                self.replaced[LABELS[name]] = said if is_now else later
                if name in self.fields:
                    self.fields[name].help_text += f" {self.replaced[LABELS[name]]}"

    @property
    def confirmation(self) -> str:
        """What the checkbox confirms: exactly these suspect prices."""
        return confirmation(self.suspects)

    @property
    def is_confirmed(self) -> bool:
        return bool(self.suspects) and self.data.get(CONFIRM) == self.confirmation

    def stored_text(self, name: str) -> str:
        text = super().stored_text(name)
        return f"${text} {PLAUSIBLE[name].per}" if name in PLAUSIBLE and text != "none" else text

    def clean_valid_sizes(self) -> list[str]:
        # An empty box, null and {} all mean: none.
        return self.cleaned_data["valid_sizes"] or []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.lost_update:
            self._check_status(cleaned)
            self._check_prices(cleaned)
        return cleaned

    def _check_status(self, cleaned: dict[str, Any]) -> None:
        if not {"model_name", "model_type", "provider"} <= cleaned.keys():
            return
        model_type = cleaned["model_type"]
        problems = status_problems(
            before=Status.of(self.stored) if self.stored else None,
            after=Status(
                model_name=cleaned["model_name"],
                model_type=model_type,
                is_active=cleaned["is_active"],
                is_default=cleaned["is_default"],
                provider_is_active=cleaned["provider"].is_active,
            ),
            other_default=default_of(model_type, besides=self.instance.pk),
        )
        for field, sentences in problems.items():
            self.add_error(field, sentences)

    def clean_model_name(self) -> str:
        name: str = self.cleaned_data["model_name"]
        if "model_name" in self.changed_data and (sentence := name_problem(name)):
            raise forms.ValidationError(sentence, code="is_an_alias")
        return name

    def _check_prices(self, cleaned: dict[str, Any]) -> None:
        # What the table refuses is not asked about.
        typed = {
            field: cleaned[field]
            for field in PLAUSIBLE
            if cleaned.get(field) is not None and 0 <= cleaned[field] < MOST_USD
        }
        self.suspects = suspect_prices(old=prices_of(self.stored) if self.stored else None, new=typed)
        if self.is_confirmed:
            return
        for suspect in self.suspects:
            self.add_error(suspect.field, forms.ValidationError(suspect.message, code="suspect_price"))
