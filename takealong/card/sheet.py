"""The card, drawn: what it will take as the largest thing, and below it everything that stands behind that."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from takealong.card.colours import colours_at
from takealong.card.ground import Box, draw_outline, draw_profile
from takealong.card.pen import FAINT, INK, Pen
from takealong.card.scene import Card
from takealong.card.texts import CardTexts, ListedCheckpoint
from takealong.pictures import picture_of

_LEFT: Final = 72.0
_RIGHT: Final = 1008.0
_WIDTH: Final = _RIGHT - _LEFT
_OUTLINE: Final = Box(616.0, 214.0, 996.0, 520.0)
_HERO_PX: Final = 214.0
_HERO_WIDTH: Final = 500.0
_KEY: Final = Box(700.0, 560.0, 820.0, 572.0)
_TILE_GAP: Final = 24.0
_PROFILE_TOP: Final = 858.0
_LIST_BOTTOM: Final = 1246.0
_LIST_ROW: Final = 37.0
_IN_ONE_COLUMN: Final = 3
"""As many checkpoints have a line of their own, with room for their cutoffs."""
_KEY_STEPS: Final = 60


def card_sheet(card: Card) -> Figure:
    """The card, not yet a file."""
    pen = Pen()
    _draw_head(pen, card)
    _draw_key(pen, card.texts)
    pen.write_runs(card.texts.margin, (_LEFT, 660), 34, _WIDTH)
    _draw_tiles(pen, card.texts)
    rows, _ = _table(card.texts)
    list_top = _LIST_BOTTOM - _LIST_ROW * rows
    draw_profile(pen, card, Box(_LEFT, _PROFILE_TOP, _RIGHT, list_top - 92 if rows else 1200.0))
    if rows:
        _draw_list(pen, card.texts, list_top)
    brand_px = pen.width_px(card.texts.brand, 25, bold=True)
    pen.write(card.texts.brand, (_RIGHT, 1304), 25, bold=True, side="right")
    pen.write_fitting(card.texts.rests, (_LEFT, 1304), 25, _WIDTH - brand_px - 30, colour=FAINT)
    return pen.sheet


def card_png(card: Card) -> bytes:
    """The card as a PNG of 1080 by 1350 pixels."""
    return picture_of(card_sheet(card), "png")


def _draw_head(pen: Pen, card: Card) -> None:
    texts = card.texts
    pen.write_fitting(texts.title, (_LEFT, 106), 38, _WIDTH, bold=True)
    pen.write_fitting(texts.facts, (_LEFT, 150), 28, _WIDTH, colour=FAINT)
    most_px = _WIDTH if card.outline is None else _HERO_WIDTH
    hero_px = min(_HERO_PX, _HERO_PX * most_px / pen.width_px(texts.time, _HERO_PX, bold=True))
    pen.write(texts.time, (_LEFT - 0.04 * hero_px, 388), hero_px, bold=True)
    pen.write_fitting(texts.under, (_LEFT, 470), 32, _HERO_WIDTH)
    pen.write_runs(texts.finish, (_LEFT, 522), 32, _HERO_WIDTH)
    pen.write_fitting(texts.aside, (_LEFT, 572 if texts.finish else 522), 27, _HERO_WIDTH, colour=FAINT)
    if card.outline is not None:
        draw_outline(pen, card, card.outline, _OUTLINE)


def _draw_key(pen: Pen, texts: CardTexts) -> None:
    """What the colours say."""
    edges = np.linspace(_KEY.left, _KEY.right, _KEY_STEPS + 1)
    colours = colours_at(np.linspace(0.0, 1.0, _KEY_STEPS))
    boxes = [
        [(left, _KEY.top), (right, _KEY.top), (right, _KEY.bottom), (left, _KEY.bottom)]
        for left, right in itertools.pairwise(edges)
    ]
    pen.axes.add_collection(PolyCollection(boxes, facecolors=colours, edgecolors=colours, linewidths=0.3))
    pen.write(texts.quick, (_KEY.left - 12, _KEY.bottom + 3), 23, colour=FAINT, side="right")
    pen.write(texts.slow, (_KEY.right + 12, _KEY.bottom + 3), 23, colour=FAINT)


def _draw_tiles(pen: Pen, texts: CardTexts) -> None:
    wide = (_WIDTH - 2 * _TILE_GAP) / 3
    for number, (tile, colour) in enumerate(zip(texts.tiles, colours_at(np.array((0.0, 0.45, 1.0))), strict=True)):
        left = _LEFT + number * (wide + _TILE_GAP)
        pen.axes.plot([left, left + wide], [704, 704], color=colour, linewidth=2.2 if tile.asked else 1.4)
        name = INK if tile.asked else FAINT
        pen.write_fitting(tile.name, (left, 744), 26, wide, colour=name, bold=tile.asked)
        pen.write_fitting(tile.time, (left, 800), 50, wide, bold=True)


def _draw_list(pen: Pen, texts: CardTexts, top: float) -> None:
    pen.write_fitting(texts.checkpoints, (_LEFT, top - 6), 23, _WIDTH, colour=FAINT)
    rows, columns = _table(texts)
    wide = (_WIDTH - _TILE_GAP * (columns - 1)) / columns
    for place, checkpoint in enumerate(texts.listed):
        column, row = divmod(place, rows)
        left = _LEFT + column * (wide + _TILE_GAP)
        _draw_row(pen, checkpoint, Box(left, 0, left + wide, top + _LIST_ROW * (row + 1) - 4))


def _table(texts: CardTexts) -> tuple[int, int]:
    """Rows and columns of the list of checkpoints."""
    count = len(texts.listed)
    columns = 1 if count <= _IN_ONE_COLUMN else 2
    return -(-count // columns), columns


def _draw_row(pen: Pen, checkpoint: ListedCheckpoint, box: Box) -> None:
    """Number, name, and when; the chance at the cutoff where a short name leaves room for it."""
    right, size = box.right, 24.0
    when = checkpoint.reached
    if checkpoint.cutoff:
        whole = f"{checkpoint.cutoff}   {when}"
        room = box.width - 52 - pen.width_px(checkpoint.name, size) - 16
        when = whole if pen.width_px(whole, size) <= room else when
    pen.write(when, (right, box.bottom), size, side="right")
    pen.write(str(checkpoint.index + 1), (box.left + 34, box.bottom), size, bold=True, side="right")
    most = box.width - 52 - pen.width_px(when, size) - 16
    pen.write_fitting(checkpoint.name, (box.left + 46, box.bottom), size, most)
