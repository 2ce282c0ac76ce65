"""One row, replaced by triggers on the catalogue's tables in each edit's own transaction."""

from django.db import models


class CatalogueVersion(models.Model):
    singleton = models.BooleanField(primary_key=True, default=True)
    version = models.UUIDField()

    class Meta:
        app_label = "credits"

    def __str__(self) -> str:
        return str(self.version)
