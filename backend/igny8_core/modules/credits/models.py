"""The door that Django enters by: the tables live in business."""

from igny8_core.business.credits.models import *  # noqa: F403
