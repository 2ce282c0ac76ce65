"""Who pays. The balance is a row of its own, so that saving a name can never write back an old balance."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from igny8_core.business.credits.models.fields import credits_field


class Account(models.Model):
    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    external_id = models.CharField(
        max_length=200, unique=True, null=True, blank=True, help_text="This account's id in your own system."
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="An inactive account's calls are refused."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "credits"
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug


class AccountBalance(models.Model):
    """Made with its account by the database. available = posted - reserved."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="balance")
    posted = credits_field(default=0, help_text="Sum of the account's entries.")
    reserved = credits_field(default=0, help_text="Sum of its open holds.")
    debt = credits_field(default=0, help_text="Spent beyond all grants; new grants repay it first.")
    floor = credits_field(default=0, help_text="No hold may take the available credits below this.")

    class Meta:
        app_label = "credits"
        constraints = (
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_is_not_negative"),
            models.CheckConstraint(condition=Q(debt__gte=0), name="debt_is_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.account_id}: {self.posted} posted, {self.reserved} reserved"


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        ADMINISTRATOR = "administrator", "Administrator"
        MEMBER = "member", "Member"
        VIEWER = "viewer", "Viewer"

    account = models.ForeignKey(Account, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        app_label = "credits"
        constraints = (
            models.UniqueConstraint(fields=("account", "user"), name="user_is_member_of_account_once"),
        )

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.account}"
