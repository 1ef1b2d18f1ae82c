"""How one person is spoken to: in their language, in their units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from kernel.contracts.route import CourseWarning, Figure
from kernel.units import FOOT_M, MILE_M, format_hm, format_pace, format_short
from languages.catalog import PROBLEM, WARNING, Language, translations

Units = Literal["metric", "imperial"]
_KILOMETRE_M: Final = 1000
_MINUTE_S: Final = 60
_DAYS: Final[dict[Language, tuple[str, str]]] = {
    "en": ("EEEE d MMMM", "EEEE d MMMM y"),
    "ru": ("EEEE, d MMMM", "EEEE, d MMMM y"),
    "ko": ("M월 d일 EEEE", "y년 M월 d일 EEEE"),
}
_NEAR: Final = 100
"""From so many kilometres or miles on, tenths say nothing."""


def mark(sentence: str) -> str:
    """The sentence itself: it stands here and is said elsewhere, and is to be found among those to be translated."""
    return sentence


@dataclass(frozen=True, slots=True)
class Voice:
    """Says sentences and figures to one person."""

    language: Language = "en"
    units: Units = "metric"

    def say(self, sentence: str, /, **named: object) -> str:
        """An English sentence in this language, its `{names}` filled."""
        return translations(self.language).gettext(sentence).format(**named)

    def count(self, one: str, many: str, number: int, /, **named: object) -> str:
        """A sentence about `number` things, in the form this language has for so many; `{number}` is filled too."""
        said = translations(self.language).ngettext(one, many, number)
        return said.format(number=self.number(number), **named)

    def problem(self, code: str, detail: str, fields: Sequence[str] = ()) -> str:
        """A problem by its stable code, and by the fields it is about where there is a sentence for those.

        The English detail for English, and for a code that has no translation.
        """
        known = translations(self.language)
        keys = (" ".join((code, *fields)), code)
        return next((said for key in keys if (said := known.pgettext(PROBLEM, key)) != key), detail)

    def warning(self, warning: CourseWarning) -> str:
        """What is to be known of a course or a day; the English message for English and where nothing is translated."""
        known = translations(self.language).pgettext(WARNING, warning.code)
        if known == warning.code:
            return warning.message
        return known.format(**{name: self._figure(name, figure) for name, figure in warning.detail.items()})

    def _figure(self, name: str, figure: Figure) -> str:
        if isinstance(figure, list):
            return ", ".join(figure)
        if isinstance(figure, str):
            return figure
        if name.endswith("_height_m"):
            return self.height(figure)
        if name.endswith("_m"):
            return self.length(figure) if figure >= _KILOMETRE_M else self.height(figure)
        return self.number(figure, 1 if name.endswith(("_percent", "_times")) else 0)

    def number(self, value: float, decimals: int = 0) -> str:
        """`1,682` or `51.5`, written as this language writes numbers."""
        from babel.numbers import format_decimal  # noqa: PLC0415 - 60 ms that English sentences need not wait for

        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, format=pattern, locale=self.language)

    def length(self, metres: float) -> str:
        """`51.5 km` or `32.0 mi`."""
        value = metres / self.unit_m
        figure = self.number(value, 0 if value >= _NEAR else 1)
        return (
            self.say("{figure} km", figure=figure) if self.units == "metric" else self.say("{figure} mi", figure=figure)
        )

    def height(self, metres: float) -> str:
        """`1,682 m` or `5,518 ft`."""
        if self.units == "metric":
            return self.say("{figure} m", figure=self.number(round(metres)))
        return self.say("{figure} ft", figure=self.number(round(metres / FOOT_M)))

    def heat(self, degrees_c: float) -> str:
        """`28 °C` or `82 °F`."""
        if self.units == "metric":
            return f"{self.number(degrees_c)} °C"
        return f"{self.number(1.8 * degrees_c + 32.0)} °F"

    def pace(self, s_per_km: float) -> str:
        """`5:30 /km` or `8:51 /mi`."""
        figure = self.pace_figure(s_per_km)
        return (
            self.say("{figure} /km", figure=figure)
            if self.units == "metric"
            else self.say("{figure} /mi", figure=figure)
        )

    def pace_figure(self, s_per_km: float) -> str:
        """`5:30` or `8:51`, of this person's unit."""
        return format_pace(s_per_km * self.unit_m / 1000)

    @property
    def unit(self) -> str:
        """What lengths are counted in: `km` or `mi`."""
        return self.say("km") if self.units == "metric" else self.say("mi")

    @property
    def unit_m(self) -> float:
        """Metres of one of them."""
        return 1000.0 if self.units == "metric" else MILE_M

    def day(self, moment: datetime, *, year: bool = False) -> str:
        """`Saturday 13 June`, and `2026` if wanted."""
        from babel.dates import format_date  # noqa: PLC0415 - as above

        return format_date(moment, format=_DAYS[self.language][year], locale=self.language)

    def time(self, seconds: float) -> str:
        """`5:52`, hours and minutes; below an hour `0:27:30`, since seconds count there."""
        return format_short(seconds)

    def hours(self, seconds: float) -> str:
        """`0:45` or `5:52`, hours and minutes."""
        return format_hm(seconds)

    def span(self, seconds: float) -> str:
        """`8 min` or `1 h 03 min`."""
        minutes = int(abs(seconds) / _MINUTE_S + 0.5)
        if minutes < 60:
            return self.say("{minutes} min", minutes=minutes)
        return self.say("{hours} h {minutes} min", hours=minutes // 60, minutes=str(minutes % 60).zfill(2))

    def short_day(self, day: date, *, year: bool = False) -> str:
        """`Sat, Dec 5`, and `2026` if wanted, as this language writes days."""
        from babel.dates import format_skeleton  # noqa: PLC0415 - as above

        return str(
            format_skeleton(
                "yMMMEd" if year else "MMMEd", datetime.combine(day, datetime.min.time()), locale=self.language
            )
        )

    def weekday(self, day: date) -> str:
        """`Sat`."""
        from babel.dates import format_date  # noqa: PLC0415 - as above

        return str(format_date(day, format="EEE", locale=self.language))

    def moment(self, moment: datetime) -> str:
        """`Sat, Dec 5, 07:00`, on the clock of the moment's own zone; hours are counted to 24 in every language."""
        clock = f"{moment:%H:%M}"
        return self.say("{day}, {clock}", day=self.short_day(moment.date()), clock=clock)
