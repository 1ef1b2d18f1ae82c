"""What was typed and is not understood, as a sentence that shows what would be.

Whoever reads a text raises it, and whoever speaks to the person says it: the terminal in English unless it is told
another language, the chat in the one of its member.
"""

from __future__ import annotations

from typing import Final

from languages.voice import Voice, mark

_INSTEAD: Final = mark("For {typed} write {form}.")


class NotUnderstood(ValueError):
    """Something typed in a form that is not understood; `str()` is English, `said_by` any language.

    `typed` and `form` are what was typed and how it would be understood, where that can be told.
    """

    def __init__(self, sentence: str, typed: str | None = None, form: str | None = None) -> None:
        self._sentences: list[tuple[str, dict[str, object]]] = [(sentence, {})]
        if typed is not None and form is not None:
            self._sentences.append((_INSTEAD, {"typed": typed, "form": form}))
        super().__init__(self.said_by(Voice()))

    def said_by(self, voice: Voice) -> str:
        """The same in somebody's language."""
        return " ".join(voice.say(each, **named) for each, named in self._sentences)
