"""The door that Django enters by: the tables live in business."""

from igny8_core.business.billing.models import *  # noqa: F403
