from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self) -> None:
        # Makes itself known to what describes the API.
        from cases import openapi  # noqa: F401
