from django.apps import AppConfig


class ExtractionConfig(AppConfig):
    name = "extraction"

    def ready(self) -> None:
        # Actors declare themselves on the broker; enqueueing needs it set in every process.
        from documents.signals import content_gone
        from extraction import actors, admission_notice, page_images  # noqa: F401

        admission_notice.tell_changes()
        content_gone.connect(page_images.forget_gone, dispatch_uid="page-images")
