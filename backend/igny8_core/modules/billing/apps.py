from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "igny8_core.modules.billing"
    label = "billing"
    verbose_name = "Billing"
