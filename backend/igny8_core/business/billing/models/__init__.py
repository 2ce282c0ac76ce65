"""Tables of prices. Tables only: the rules live beside this package."""

from igny8_core.business.billing.models.ai_model_config import AIModelConfig
from igny8_core.business.billing.models.ai_provider import AIProvider
from igny8_core.business.billing.models.model_alias import ModelAlias
from igny8_core.business.billing.models.model_rate import ModelRate
from igny8_core.business.billing.models.price_version import PriceVersion

__all__ = ["AIModelConfig", "AIProvider", "ModelAlias", "ModelRate", "PriceVersion"]
