"""All tables of ayda, imported once so that migrations see them."""

from __future__ import annotations

from ayda_service.activities.models import Activity, ActivityFile
from ayda_service.audit.models import HandOutChain, TokenHandOut
from ayda_service.budgets.models import DailyUse
from ayda_service.chats.models import Chat
from ayda_service.club.models import MatchingConsent
from ayda_service.me.models import Erasure
from ayda_service.members.models import ErasureMark, ListedErasures, Member
from ayda_service.messages.models import BotMessage
from ayda_service.models_base import Base
from ayda_service.ops.models import OperatorAction
from ayda_service.predictions.models import StoredPrediction
from ayda_service.sight.models import AlarmRow
from ayda_service.strava.models import Handover, OAuthState, Revocation, SeenCode, StravaOutage, StravaToken
from ayda_service.updates.models import BotUpdate
from ayda_service.uploads.models import StravaUpload, UploadSlot
from ayda_service.webhooks.models import WebhookEvent, WebhookSubscription
from servicekit.jobs import job_table

JOB_TABLE = job_table(Base.metadata, about=("telegram_id", "member_id", "athlete_id", "owner_id", "upload_id"))

__all__ = [
    "JOB_TABLE",
    "Activity",
    "ActivityFile",
    "AlarmRow",
    "Base",
    "BotMessage",
    "BotUpdate",
    "Chat",
    "DailyUse",
    "Erasure",
    "ErasureMark",
    "HandOutChain",
    "Handover",
    "ListedErasures",
    "MatchingConsent",
    "Member",
    "OAuthState",
    "OperatorAction",
    "Revocation",
    "SeenCode",
    "StoredPrediction",
    "StravaOutage",
    "StravaToken",
    "StravaUpload",
    "TokenHandOut",
    "UploadSlot",
    "WebhookEvent",
    "WebhookSubscription",
]
