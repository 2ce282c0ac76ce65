import hmac
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from igny8_core.business.credits import ledger
from igny8_core.business.credits.api_keys import PREFIX, hash_key, issue_key
from igny8_core.business.credits.models import Account, ApiKey, Membership
from igny8_core.modules.command import ReportingCommand

SLUG = "demo"
USERNAME = "admin"
CREDITS = Decimal(10_000)


def _secret(name: str) -> str:
    """The same on every run of one clone, and different in each: it comes from that clone's SECRET_KEY."""
    return hmac.new(settings.SECRET_KEY.encode(), f"seed_demo {name}".encode(), "sha256").hexdigest()


class Command(ReportingCommand):
    help = "Makes a demo account with credits, an administrator and an API key. Safe to run again."

    def report(self, **options: Any) -> dict[str, Any]:
        if not settings.DEBUG:
            raise CommandError("seed_demo makes an administrator, so it runs in development only.")
        password = _secret("password")[:20]
        users = get_user_model().objects
        user = users.filter(username=USERNAME).first()
        if user is None:
            user = users.create_superuser(username=USERNAME, password=password)
        elif not user.check_password(password):
            user.set_password(password)
            user.save()
        account, _ = Account.objects.get_or_create(slug=SLUG, defaults={"name": "Demo"})
        Membership.objects.get_or_create(account=account, user=user, defaults={"role": Membership.Role.OWNER})
        ledger.grant(account_id=account.pk, external_id="seed_demo", source="promotion", amount=CREDITS)
        key = PREFIX + _secret("api key")
        if not ApiKey.objects.filter(account=account, key_hash=hash_key(key)).exists():
            issue_key(account=account, name="demo", plain=key)
        return {"username": USERNAME, "password": password, "api_key": key, "account": SLUG}
