from django.apps import AppConfig


class EmulatorConfig(AppConfig):
    """The provider emulator's command; it has no tables."""

    name = "igny8_core.modules.emulator"
    label = "emulator"
