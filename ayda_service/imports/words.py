"""How an import stands, in a person's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

from kernel.contracts.activity import ImportState
from languages.voice import Voice, mark

Stage = Literal["under_way", "read", "given_up", "lost_sight"]
"""`lost_sight`: it takes longer than anybody follows it."""

_OTHERWISE: Final = mark("damaged, or no recording")
_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    mark("not on foot, or no sport named"): ("other_sport", "sport_unknown"),
    mark("without places: recorded indoors"): ("no_position",),
    mark("without times"): ("no_time",),
    mark("without heights"): ("no_elevation", "sparse_elevation", "zero_elevation"),
    mark("too short, or at nobody's pace on foot"): ("no_pace", "zero_length", "too_few_points", "too_long"),
    mark("of a day that cannot be"): ("implausible_time",),
    mark("the same outing once more"): ("duplicate", "duplicate_row"),
    mark("listed, and not in the archive"): ("no_file", "missing_file"),
    mark("no room left"): ("storage_full",),
}
_REASON_OF: Final = {code: reason for reason, codes in _REASONS.items() for code in codes}


def import_text(voice: Voice, state: ImportState, stage: Stage) -> str:
    """What is said of an import at this stage; safe in Telegram's HTML, as nothing in it is anybody's own words."""
    if stage == "read":
        return "\n".join(_outcome(voice, state))
    if stage == "given_up":
        return voice.say("I could not read that archive to its end. Please send it once more.")
    if stage == "lost_sight":
        return voice.say("That archive takes unusually long. I go on reading; look at /profile later.")
    if state.status == "failed":
        return voice.say("Reading stopped half way. I try again by myself; you need not do anything.")
    if state.status == "queued" or not state.files_total:
        return voice.say("Your archive is here. I am about to read it.")
    read, total = voice.number(state.files_read), voice.number(state.files_total)
    return voice.say("Reading: {read} of {total} files.", read=read, total=total)


def _outcome(voice: Voice, state: ImportState) -> list[str]:
    lines = [voice.count("{number} outing is new.", "{number} outings are new.", state.added)]
    if state.duplicates:
        lines.append(voice.count("{number} I had already.", "{number} I had already.", state.duplicates))
    left_out = Counter[str]()
    for code, files in state.dropped.items():
        left_out[_REASON_OF.get(code, _OTHERWISE)] += files
    if left_out:
        lines += ["", voice.say("Left out:")]
        lines += [f"· {voice.number(files)}: {voice.say(reason)}" for reason, files in left_out.most_common()]
    if state.added:
        lines += ["", voice.say("Send me a course: the answer is about you now. /profile says what I know.")]
    return lines
