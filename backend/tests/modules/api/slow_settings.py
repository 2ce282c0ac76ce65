"""The project's settings with rates that nobody earns back within a test."""

from igny8_core.project.settings import *  # noqa: F403
from igny8_core.project.settings import REST_FRAMEWORK as PROJECTS

REST_FRAMEWORK = PROJECTS | {
    "DEFAULT_THROTTLE_RATES": {
        "user": "40/h",
        "api_key": None,
        "token_address": "5/h",
        "token_username": None,
        "token_refresh": None,
    }
}
