"""Run the provider emulator for development: answers as real providers do, and never asks for money."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from igny8_core.ai.emulator.server import LOOPBACK, serve


class Command(BaseCommand):
    help = "Serve the provider emulator until stopped. Refuses to start outside development."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=int, required=True, help="TCP port to listen on; 0 takes a free one."
        )
        parser.add_argument("--host", default=LOOPBACK, help=f"Address to listen on (default {LOOPBACK}).")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The provider emulator runs in development only: it does not start when DEBUG is off."
            )
        try:
            serve(host=host, port=port, ready=self._tell)
        except OSError as error:
            raise CommandError(
                f"The provider emulator cannot listen on {host}:{port}: {error.strerror}."
            ) from error

    def _tell(self, url: str) -> None:
        self.stdout.write(f"Provider emulator serving at {url}")
        self.stdout.flush()
