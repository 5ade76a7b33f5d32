from django.apps import AppConfig


class LexintelConfig(AppConfig):
    name = "lexintel"
    verbose_name = "LexIntel"

    def ready(self) -> None:
        from lexintel import broker, checks  # noqa: F401
