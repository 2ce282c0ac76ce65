"""A service that answers AI calls. A new OpenAI-compatible one is a row, not a release."""

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from simple_history.models import HistoricalRecords


class AIProvider(models.Model):
    slug = models.SlugField(max_length=50, unique=True, help_text="Short name used by models and filters.")
    name = models.CharField(max_length=100, help_text="Name that people read.")
    dialect = models.CharField(
        max_length=50,
        default="openai-compatible",
        help_text="How the service is spoken to: openai, openai-compatible, anthropic, google or runware.",
    )
    base_url = models.CharField(
        "base URL",
        max_length=500,
        validators=[URLValidator(["http", "https"])],
        help_text="Address before the path, e.g. https://api.openai.com/v1",
    )
    api_key_env = models.CharField(
        "API key variable",
        max_length=100,
        blank=True,
        validators=[
            # Capitals only, so that a key pasted here by mistake is refused, and it is not repeated in the message.
            RegexValidator(
                r"^[A-Z_][A-Z0-9_]*\Z",
                "This is the name of an environment variable, not a key: capital letters, digits and underscores,"
                " e.g. OPENAI_API_KEY.",
            )
        ],
        help_text="Name of the environment variable that holds the key; empty where the service needs none.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Models of an inactive provider refuse calls."
    )
    history = HistoricalRecords(app="billing")

    class Meta:
        app_label = "billing"
        ordering = ("slug",)
        verbose_name = "AI provider"

    def __str__(self) -> str:
        return self.name
