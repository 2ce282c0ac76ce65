from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    name = "igny8_core.modules.throttling"
    label = "throttling"
