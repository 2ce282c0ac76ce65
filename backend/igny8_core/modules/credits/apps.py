from django.apps import AppConfig


class CreditsConfig(AppConfig):
    name = "igny8_core.modules.credits"
    label = "credits"
    verbose_name = "Credits"
