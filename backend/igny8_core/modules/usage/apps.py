from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "igny8_core.modules.usage"
    label = "usage"
