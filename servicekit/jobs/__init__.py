"""Jobs that outlive the request and the process that asked for them.

The procrastinate adapter is imported from `servicekit.jobs.procrastinate_queue`: its library is an extra.
"""

from __future__ import annotations

from servicekit.jobs.queue import DeadJob, Fatal, Job, JobQueue, QueueStats, Snooze
from servicekit.jobs.sql import SqlJobQueue
from servicekit.jobs.sql_table import job_table

__all__ = ["DeadJob", "Fatal", "Job", "JobQueue", "QueueStats", "Snooze", "SqlJobQueue", "job_table"]
