"""What documents tell those who keep something derived from them."""

from django.dispatch import Signal

# A content (`sha256`) is gone for good: no document of any case refers to it any more.
content_gone = Signal()
