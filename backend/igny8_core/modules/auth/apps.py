from django.apps import AppConfig


class AuthConfig(AppConfig):
    name = "igny8_core.modules.auth"
    label = "igny8_auth"

    def ready(self) -> None:
        # The schema finds how an authentication is described by the extensions that are imported.
        from igny8_core.modules.auth import schema  # noqa: F401
