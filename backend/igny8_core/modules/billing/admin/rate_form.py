"""The forms of a model's rates and aliases, below its own: what is true of all of them together is checked here."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from unfold.forms import PaginationInlineFormSet

from igny8_core.business.billing.models import AIModelConfig, ModelRate
from igny8_core.business.billing.models.model_rate import unit_choices
from igny8_core.business.billing.price_checks import PLAUSIBLE, SuspectRate, confirmation, suspect_rate
from igny8_core.business.billing.price_sheet import DatedRate, PriceSheet
from igny8_core.business.billing.rate_cards import Rate
from igny8_core.business.billing.rate_problems import (
    BASE_UNITS,
    base_price_is_charged_from,
    new_replacements,
    replaced_by,
    unclear_sentences,
    without_effect,
)
from igny8_core.business.billing.rate_words import dated_in_words, moment
from igny8_core.business.billing.stored_content import fingerprint
from igny8_core.business.content_id import content_id
from igny8_core.modules.billing.admin.guarded_form import GuardedForm
from igny8_core.modules.billing.admin.price_field import PriceField

# A checkbox whose value names the rates that it confirms.
CONFIRM_RATES: Final = "confirm_rates"

NO_UNIT: Final = "Choose what is counted"
NO_MOMENT: Final = "A day and its time are written 2026-12-01 00:00:00, UTC."
# Constraint of a rate -> the fields that its sentence is about: it stands at the first that is filled in.
FIELDS_OF: Final = {
    "model_rate_is_a_price": ("amount",),
    "model_rate_is_per_a_power_of_ten": ("per",),
    "model_rate_keeps_every_digit": ("amount",),
    "model_rate_begins_before_it_ends": ("valid_to",),
    "model_rate_is_of_this_age": ("valid_from", "valid_to"),
    "size_and_quality_are_for_images": ("image_size", "image_quality"),
    "model_rate_names_are_lower_case": ("service_tier", "image_quality"),
    "standard_calls_name_no_tier_or_quality": ("service_tier", "image_quality"),
}


class PartFormSet(PaginationInlineFormSet):
    """Rows that are part of a model: refused where somebody else changed one of them while the page was open."""

    instance: AIModelConfig

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of what is stored: validation writes what was typed into the rows of the forms.
        rows = self.model.objects.filter(model=self.instance.pk).order_by("pk") if self.instance.pk else ()
        said = "\n".join(f"{row.pk} {fingerprint(row)}" for row in rows)
        self.fingerprint = str(content_id(said)) if self.instance.pk else ""

    @property
    def fingerprint_name(self) -> str:
        return f"{self.prefix}-{GuardedForm.FINGERPRINT}"

    def kept(self) -> list[Any]:
        """The forms of the rows that there will be."""
        return [
            form
            for form in self.forms
            if not self._should_delete_form(form) and (form.instance.pk or form.has_changed())
        ]

    def clean(self) -> None:
        super().clean()
        opened_with = self.data.get(self.fingerprint_name)
        if self.fingerprint and opened_with and opened_with != self.fingerprint:
            raise ValidationError(self._lost_update(), code="lost_update")

    def _lost_update(self) -> str:
        versions = self.model.history.filter(model_id=self.instance.pk).select_related("history_user")
        latest = versions.order_by("-history_date", "-history_id").first()
        user = latest and latest.history_user
        when = f", last on {moment(latest.history_date)}" if latest else ""
        return (
            f"{user.get_username() if user else 'Somebody'} changed the {self.model._meta.verbose_name_plural} of this"
            f" model after you opened this page{when}, so nothing was saved. Open the page again to see them."
        )


class RateForm(forms.ModelForm):  # type: ignore[type-arg]
    amount = PriceField(required=True, max_digits=18, decimal_places=12, help_text="USD; 0 is a price.")

    class Meta:
        model = ModelRate
        fields = ("amount",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit: Any = self.fields.get("unit")
        if unit is not None:
            # Nothing is chosen beforehand: the first unit would take the place of a base price.
            unit.choices = [("", NO_UNIT), *unit_choices()]
            unit.error_messages["required"] = f"{NO_UNIT}."
        for name in ("valid_from", "valid_to"):
            field: Any = self.fields.get(name)
            if field is not None:
                for part in field.fields:
                    part.error_messages["invalid"] = NO_MOMENT
                field.error_messages |= {"invalid_date": NO_MOMENT, "invalid_time": NO_MOMENT}

    def _post_clean(self) -> None:
        """What a constraint says stands at its field: an error of the whole row would have no place on the page."""
        super()._post_clean()  # type: ignore[misc]
        if found := self.errors.pop(NON_FIELD_ERRORS, None):
            for error in found.as_data():
                self.add_error(self._field_of(" ".join(error.messages)), error)

    def _field_of(self, sentence: str) -> str:
        names = {
            str(constraint.get_violation_error_message()): FIELDS_OF.get(constraint.name, ())
            for constraint in ModelRate._meta.constraints
        }.get(sentence, ())
        filled = (name for name in names if getattr(self.instance, name) not in (None, ""))
        return next((name for name in filled if name in self.fields), "unit")


class RateFormSet(PartFormSet):
    """`suspects` are the rates that a person should confirm, `notes` what to say of a page that is saved."""

    suspects: tuple[SuspectRate, ...] = ()
    notes: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in self.get_queryset():
            # Read by Unfold, which shows a rate by it while its fields are folded away.
            row.get_inline_title = dated_in_words(row.dated_rate)

    @property
    def confirmation(self) -> str:
        return confirmation(self.suspects)

    @property
    def is_confirmed(self) -> bool:
        return bool(self.suspects) and self.data.get(CONFIRM_RATES) == self.confirmation

    def clean(self) -> None:
        super().clean()
        if any(form.errors for form in self.kept()):
            return
        stored = self._stored()
        after = self._sheet(self.instance, [form.instance.dated_rate for form in self.kept()])
        problems = unclear_sentences(after)
        if not problems and stored is not None:
            problems = self._check_base_prices(stored, after)
        if problems:
            raise ValidationError(problems)
        self.notes += tuple(new_replacements(stored or self._sheet(self.instance, []), after, timezone.now()))
        self._check_amounts(stored or self._sheet(self.instance, []))

    def _stored(self) -> PriceSheet | None:
        """The prices as they are, before what was typed; None for a new model."""
        model = AIModelConfig.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        return model.price_sheet if model else None

    @staticmethod
    def _sheet(model: AIModelConfig, rates: list[DatedRate]) -> PriceSheet:
        return PriceSheet(
            model=model.model_name,
            provider="",
            source="database",
            input_cost_per_1m=model.input_cost_per_1m,
            output_cost_per_1m=model.output_cost_per_1m,
            cost_per_image=model.cost_per_image,
            rates=tuple(rates),
        )

    def _check_base_prices(self, before: PriceSheet, after: PriceSheet) -> list[str]:
        """Sentences for base prices that were changed while a rate takes their place for good: nobody would be charged
        the new one. Where it is charged later, `notes` say from when."""
        now = timezone.now()
        refused = []
        for field, unit in BASE_UNITS.items():
            dated = replaced_by(after, unit, now)
            if dated is None or getattr(after, field) in (None, getattr(before, field)):
                continue
            if sentence := without_effect(after, field, now):
                refused.append(sentence)
            elif charged_from := base_price_is_charged_from(after, unit, now):
                self.notes += (
                    f"The new {PLAUSIBLE[field].label} is charged from {moment(charged_from)} on; now calls are charged"
                    f" “{dated_in_words(dated)}”.",
                )
        return refused

    def _check_amounts(self, before: PriceSheet) -> None:
        found = [(form, self._suspect(form, before)) for form in self.kept() if form.has_changed()]
        self.suspects = tuple(suspect for _, suspect in found if suspect is not None)
        if self.is_confirmed:
            return
        for form, suspect in found:
            if suspect is not None:
                form.add_error("amount", ValidationError(suspect.message, code="suspect_price"))

    @staticmethod
    def _suspect(form: Any, before: PriceSheet) -> SuspectRate | None:
        new: DatedRate = form.instance.dated_rate
        return suspect_rate(old=_taken_over(form, new, before), new=new.rate)


def _taken_over(form: Any, new: DatedRate, before: PriceSheet) -> Rate | None:
    """What the form's row said, or for a new one the price whose place it takes; None where there was none."""
    if not form.instance._state.adding:
        row = ModelRate.objects.get(pk=form.instance.pk)
        if row.unit == new.rate.unit:
            return row.dated_rate.rate
    card = before.card_at(new.valid_from or timezone.now())
    same = (rate for rate in card.by_unit.get(new.rate.unit, ()) if rate.conditions == new.rate.conditions)
    return next(same, None)


class AliasFormSet(PartFormSet):
    """Calls give names exactly, but people take one in other capitals for the same."""

    def clean(self) -> None:
        super().clean()
        # The model may give up its name in the same save, and keep it as an alias.
        others = AIModelConfig.objects.exclude(pk=self.instance.pk)
        for form in self.kept():
            name = form.cleaned_data.get("name")
            if name and (name == self.instance.model_name or others.filter(model_name=name).exists()):
                form.add_error(
                    "name",
                    f"“{name}” is the name of a model, so it cannot be an alias: a call must not find two prices.",
                )
            elif name and (other := others.filter(model_name__iexact=name).first()):
                form.add_error(
                    "name",
                    f"“{name}” is the name of another model, {other.model_name}, but for its capitals.",
                )
