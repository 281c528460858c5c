"""Who saw, changed and erased what. Rows are only added: the database refuses the rest (a trigger of
migration 0005), and a chain of keyed hashes shows what was altered or removed all the same."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditFacts(models.Model):
    """What an entry says. People are in it as keyed hashes alone (`tryon.pseudonyms`), from the start: an
    entry outlives the person and tells nobody who it was."""

    class Action(models.TextChoices):
        VIEW = "view", _("Seen")
        LIST = "list", _("List seen")
        CREATE = "create", _("Made")
        CHANGE = "change", _("Changed")
        ERASE = "erase", _("Erased")
        EXPORT = "export", _("Handed over")
        CONSENT = "consent", _("Agreed")
        WITHDRAW = "withdraw", _("Agreement withdrawn")
        MERGE = "merge", _("Guest became account")
        ROTATE = "rotate", _("Keys rotated")
        REPLAY = "replay", _("Erasures replayed")
        PROMOTE = "promote", _("Model promoted")
        CANARY = "canary", _("Model on trial")
        ROLLBACK = "rollback", _("Model rolled back")

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor = models.CharField(max_length=64, blank=True, help_text=_("Keyed hash of the account or guest."))
    action = models.CharField(max_length=16, choices=Action.choices)
    object_kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=64, blank=True, help_text=_("Keyed hash of whom it is about."))
    note = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


class AuditEntry(AuditFacts):
    """A link of the chain. Numbers have no gaps."""

    number = models.PositiveBigIntegerField(primary_key=True)
    digest = models.CharField(max_length=64, help_text=_("HMAC-SHA256 over this entry and the one before."))

    class Meta:
        ordering = ["-number"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject"], name="audit_subject"),
            models.Index(fields=["actor"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class PendingAuditEntry(AuditFacts):
    """An entry that is not in the chain yet: written in the transaction of what it tells of, which thus waits
    for nobody. Moved into the chain right after the commit, or by the sweep."""

    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"


class AuditHead(models.Model):
    """Where the chain ends: one row. Without it nobody would miss the newest entries."""

    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return str(self.number)
