"""Tables of prices. Tables only: the rules live beside this package."""

from igny8_core.business.billing.models.ai_model_config import AIModelConfig
from igny8_core.business.billing.models.ai_provider import AIProvider

__all__ = ["AIModelConfig", "AIProvider"]
