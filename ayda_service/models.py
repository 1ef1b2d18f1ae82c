"""All tables of ayda, imported once so that migrations see them."""

from __future__ import annotations

from ayda_service.activities.models import Activity, ActivityFile
from ayda_service.members.models import Member
from ayda_service.models_base import Base
from ayda_service.predictions.models import StoredPrediction
from ayda_service.strava.models import OAuthState, StravaToken, TokenHandOut
from ayda_service.uploads.models import StravaUpload, UploadSlot
from servicekit.jobs import job_table

JOB_TABLE = job_table(Base.metadata)

__all__ = [
    "JOB_TABLE",
    "Activity",
    "ActivityFile",
    "Base",
    "Member",
    "OAuthState",
    "StoredPrediction",
    "StravaToken",
    "StravaUpload",
    "TokenHandOut",
    "UploadSlot",
]
