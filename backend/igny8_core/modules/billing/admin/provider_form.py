"""The form of a provider."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from igny8_core.ai.dialects import DIALECTS
from igny8_core.business.billing.models import AIProvider
from igny8_core.modules.billing.admin.guarded_form import GuardedForm

NOT_SPOKEN: Final = "not spoken here yet: calls are refused"


class AIProviderForm(GuardedForm):
    dialect = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget(),
        initial="openai-compatible",
        help_text="How the service is spoken to. A service that copies OpenAI's interface is openai-compatible.",
    )

    class Meta:
        model = AIProvider
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, name) for name in DIALECTS]
        # A row keeps what it says until somebody changes it.
        stored = self.instance.dialect if self.instance.pk else ""
        if stored and stored not in DIALECTS:
            choices.append((stored, f"{stored} ({NOT_SPOKEN})"))
        field = self.fields.get("dialect")
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
