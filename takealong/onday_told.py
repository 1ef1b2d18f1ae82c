"""What a passing time says of the rest, in the sentences that the chat and the terminal share."""

from __future__ import annotations

from typing import Final

from kernel.contracts.prediction import Prediction
from languages.voice import Voice
from takealong.along import start_of
from takealong.onday import Now, Passed
from takealong.told import passing_after
from takealong.words import one_line, short_time, short_times

_ON_TIME_S: Final = 60


def place_name(passed: Passed, prediction: Prediction, voice: Voice) -> str:
    """A checkpoint's name with its distance, the distance alone, or the finish."""
    if passed.at_m >= prediction.route.distance_m:
        return voice.say("Finish")
    length = voice.length(passed.at_m)
    return f"{one_line(passed.name)} ({length})" if passed.name else length


def passed_line(now: Now, prediction: Prediction, voice: Voice) -> str:
    """Where one came by when, and how that is beside what was planned."""
    passed, behind_s = now.passed, now.reforecast.behind_s
    place, at = place_name(passed, prediction, voice), moment_of(prediction, passed.elapsed_s, voice)
    if abs(behind_s) < _ON_TIME_S:
        return voice.say("{place} at {time}: on time.", place=place, time=at)
    span = voice.span(abs(behind_s))
    if behind_s > 0:
        return voice.say("{place} at {time}: {span} behind.", place=place, time=at, span=span)
    return voice.say("{place} at {time}: {span} ahead.", place=place, time=at, span=span)


def finish_lines(now: Now, prediction: Prediction, voice: Voice) -> tuple[str, str]:
    """The finish as it looks now, and its margin beside what was planned."""
    finish, planned_s = now.reforecast.finish_s, prediction.elapsed_s.p50
    planned = moment_of(prediction, planned_s, voice)
    if now.passed.at_m >= prediction.route.distance_m:
        whole = voice.say("Finished in {time}.", time=short_time(now.passed.elapsed_s))
        return whole, voice.say("Planned was {planned}.", planned=planned)
    middle, early, late = (moment_of(prediction, each, voice) for each in (finish.p50, finish.p10, finish.p90))
    start = start_of(prediction)
    whole = voice.say("The finish now looks like {time}.", time=middle)
    if start is not None:
        (after,) = short_times(finish.p50)
        whole = voice.say("The finish now looks like {time}, {after} after the start.", time=middle, after=after)
    margin = voice.say(
        "In 8 of 10 between {early} and {late}; planned was {planned}.", early=early, late=late, planned=planned
    )
    return whole, margin


def moment_of(prediction: Prediction, after_s: float, voice: Voice) -> str:
    """On the clock at the course where the start is known, with the day where it is another one; else since then.

    All that is told of one course has one form.
    """
    start = start_of(prediction)
    if start is not None:
        return passing_after(start, after_s, voice)
    return short_times(after_s, prediction.elapsed_s.p90)[0]
