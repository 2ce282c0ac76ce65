from rest_framework.routers import SimpleRouter

from igny8_core.modules.billing.views import AIModelConfigViewSet

router = SimpleRouter()
router.register("ai/models", AIModelConfigViewSet, basename="ai-model")

urlpatterns = router.urls
