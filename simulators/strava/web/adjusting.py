"""Settings into the simulator: those of an admin request and those of a configuration file."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import msgspec

from simulators.strava.quota import RateLimits
from simulators.strava.simulator import Simulator
from simulators.strava.switches import Switches
from simulators.strava.web.admin_bodies import Limits, PushSettings, SimulatorSettings


def apply_settings(simulator: Simulator, wanted: SimulatorSettings) -> dict[str, Any]:
    """All settings, after those that are wanted have been changed."""
    targets: dict[str, tuple[Any, str]] = {field.name: (simulator.switches, field.name) for field in fields(Switches)}
    targets |= {
        "rotation": (simulator.authorizations, "rotation"),
        "grace_s": (simulator.authorizations, "grace_s"),
        "athlete_capacity": (simulator.authorizations, "capacity"),
        "callback_domain": (simulator, "callback_domain"),
        "upload_processing_s": (simulator.uploads, "processing_s"),
        "link_in_duplicate_text": (simulator.uploads, "link_in_duplicate_text"),
    }
    for name, value in _stated(wanted).items():
        setattr(*targets[name], value)
    return {name: getattr(*target) for name, target in targets.items()}


def apply_push(simulator: Simulator, wanted: PushSettings) -> dict[str, Any]:
    """All push settings, after those that are wanted have been changed; secrets are only counted."""
    for name, value in _stated(wanted).items():
        setattr(simulator.push.switches, name, value)
    shown = asdict(simulator.push.switches)
    return shown | {"signing_secrets": len(simulator.push.switches.signing_secrets)}


def apply_limits(simulator: Simulator, wanted: Limits) -> dict[str, Any]:
    """All limits, after those that are wanted have been changed, and the headers a read would show."""
    stated, quota, now_s = _stated(wanted), simulator.quota, simulator.clock.now_s()
    overall, read = stated.pop("overall_usage", None), stated.pop("read_usage", None)
    quota.limits = RateLimits(**(asdict(quota.limits) | stated))
    quota.set_usage(now_s, overall=overall, read=read)
    return asdict(quota.limits) | {"headers": quota.headers(now_s, read=True)}


def _stated(wanted: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
