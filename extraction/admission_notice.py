"""Tells every web process at once when somebody's right to listen may have changed.

Without it they find out all the same, within seconds; with it nothing is handed out in between.
"""

from typing import Any

import structlog
from django.contrib.auth import get_user_model, user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from cases.models import ApiToken, Membership
from extraction import event_log
from lexintel import bus

log = structlog.get_logger()


def tell_changes() -> None:
    """From now on tell of every change that this process makes, whichever way, except by queries in bulk."""
    for sender in (Membership, ApiToken):
        for signal, name in ((post_save, "save"), (post_delete, "delete")):
            signal.connect(_row_changed, sender=sender, dispatch_uid=f"admission-{sender.__name__}-{name}")
    post_save.connect(_user_changed, sender=get_user_model(), dispatch_uid="admission-user")
    user_logged_out.connect(_logged_out, dispatch_uid="admission-logout")


def _row_changed(instance: Membership | ApiToken, **_: Any) -> None:
    _tell(instance.user_id)


def _user_changed(instance: Any, update_fields: Any = None, **_: Any) -> None:
    if update_fields is None or set(update_fields) != {"last_login"}:
        _tell(instance.pk)


def _logged_out(user: Any, **_: Any) -> None:
    if user is not None:
        _tell(user.pk)


def _tell(user_id: int) -> None:
    transaction.on_commit(lambda: _send(user_id), robust=True)


def _send(user_id: int) -> None:
    try:
        event_log.append_notice("admission", str(user_id))
    except bus.AWAY as error:
        # Found out all the same when every stream's right is next asked for.
        log.warning("admission_notice_not_sent", error=type(error).__name__)
