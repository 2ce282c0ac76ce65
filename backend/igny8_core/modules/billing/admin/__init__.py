"""The admin of prices."""

from igny8_core.modules.billing.admin.ai_model_config import AIModelConfigAdmin
from igny8_core.modules.billing.admin.ai_provider import AIProviderAdmin

__all__ = ["AIModelConfigAdmin", "AIProviderAdmin"]
