"""Usage Examples, as written. The one in JavaScript runs in a real browser: tests/browser/test_document_fetch.py; the
steps in the admin: tests/browser/test_document_admin.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

PYTHON = """
from igny8_core.business.billing.models import AIModelConfig

# Get model
model = AIModelConfig.objects.get(model_name='gpt-4o-mini')

# Calculate cost
cost = model.get_cost_for_tokens(1000, 500) # $0.000450

# Validate size (images)
dalle = AIModelConfig.objects.get(model_name='dall-e-3')
is_valid = dalle.validate_size('1024x1024') # True
"""


def test_programmatic_usage_backend() -> None:
    """Programmatic Usage (Backend)."""
    scope: dict[str, Any] = {}
    exec(PYTHON, scope)
    assert scope["cost"] == Decimal("0.000450")
    assert scope["is_valid"] is True
