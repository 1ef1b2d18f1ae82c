"""Jobs that outlive the request and the process that asked for them.

The procrastinate adapter is imported from `servicekit.jobs.procrastinate.queue`: its library is an extra.
"""

from __future__ import annotations

from servicekit.jobs.embedded.queue import SqlJobQueue
from servicekit.jobs.embedded.table import job_table
from servicekit.jobs.kept import JobQueue
from servicekit.jobs.queue import DeadJob, Fatal, Job, Snooze
from servicekit.jobs.stats import QueueStats

__all__ = ["DeadJob", "Fatal", "Job", "JobQueue", "QueueStats", "Snooze", "SqlJobQueue", "job_table"]
