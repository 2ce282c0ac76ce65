"""Where edits of the catalogue queue, so that no two of them can act on what the other is about to change."""

from __future__ import annotations

from igny8_core.business.credits.models import CatalogueVersion


def queue_for_edit() -> None:
    """Waits for open edits, and keeps later ones waiting until this transaction ends; calls and readers never wait.

    Each statement that changes the catalogue's tables, psql's too, replaces the version row before it touches a row
    (a trigger does it). An edit that takes this row first locks in the same order, so no two edits can deadlock.
    """
    list(CatalogueVersion.objects.select_for_update().values_list("pk"))
