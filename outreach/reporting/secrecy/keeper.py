"""Decides which figures a partner is shown: heuristics propose, an exact audit disposes.

After the audit, every sum that must stay unknown has its witnesses: other worlds of whole numbers, in agreement with all that
was ever shown, one that differs by more than two people in that sum, and one in which the sum is no handful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from outreach.reporting.disclosure import is_small
from outreach.reporting.secrecy.attacker import NEAR, TOLERANCE, Attacker, Reach
from outreach.reporting.secrecy.board import Board, make_board
from outreach.reporting.secrecy.grouping import Classes
from outreach.reporting.secrecy.proposal import propose, rivals
from outreach.reporting.secrecy.search import TRIES, Search
from outreach.reporting.secrecy.witnesses import Target, Witnesses
from outreach.reporting.secrecy.world import Atoms, Figure, Protection, World

SETTLE = 1_500_000
"""Work spent on deciding figure by figure what to hide: a program costs one for each of its classes. Counted, not timed, so that
every machine decides the same; it is some twenty seconds of one core."""
TABLES = 500_000
"""Beyond that, work spent on hiding whole tables. Beyond that too, nothing new is shown."""
POLISH = 120
"""Programs spent on showing hidden figures again; what is hidden beyond that stays hidden."""
MANY = 10
"""So many sums at once are worth a program that moves them together."""


def protect(
    world: World,
    wanted: Sequence[Figure],
    released: Sequence[Figure] = (),
    threshold: int = 5,
    *,
    withheld: Sequence[Figure] = (),
    sensitive: Sequence[Atoms] = (),
) -> Protection:
    """Show as much of the wanted figures as leaves every handful of people unknown; the same input gives the same output.

    ``released``: what this partner has read in any summary before. It cannot be hidden any more, and counts with today's
    true count: a partner who read an older count of the same people knows less than one who read the true one, so taking
    the true one is the cautious side. ``withheld``: what was hidden in summaries before; today's must not give it away.
    ``sensitive``: further sums to be kept unknown. By themselves are kept unknown: figures of 1 to ``threshold - 1``,
    differences of that size between figures that lie within one another (also by an equality of the world), all that is
    hidden, and all of a table that is hidden when that is so few people together.

    Unknown: a reader who knows all relations of the world, and that hidden figures are at least one unless they are zero,
    cannot tell the sum up to two people more or less, nor that it is below ``threshold`` where it is. Zeros are shown: nobody
    is named by them, and that a figure equals the one around it (all seven of a commune refused: the others are zero) is shown
    as well. It does say something about each of the seven, but a group of ``threshold`` or more of whom all did the same is
    what a partner asks to read, and hiding it would hide every commune without a refusal.

    Raises ``ValueError`` when the world contradicts itself, a figure has unknown atoms, or figures of a table overlap.
    """
    _check(wanted)
    board = make_board(world, wanted, released, withheld, sensitive, threshold)
    keeper = _Keeper(board)
    keeper.settle()
    keeper.polish()
    shown = keeper.shown
    counts = {key: board.lines[place].count for key, place in board.line_of.items() if shown[place]}
    counts |= {figure.key: 0 for figure in wanted if not figure.atoms}
    hidden = frozenset(key for key, place in board.line_of.items() if not shown[place])
    known, known_few = (tuple(found.values()) for found in (keeper.known, keeper.known_few))
    return Protection(counts, hidden, known, known_few, keeper.is_coarse, keeper.audits)


def _check(wanted: Sequence[Figure]) -> None:
    keys = [figure.key for figure in wanted]
    tables: dict[str, list[Figure]] = {}
    for figure in wanted:
        if figure.table:
            tables.setdefault(figure.table, []).append(figure)
    overlapping = [
        table
        for table, figures in tables.items()
        if len(frozenset(chain.from_iterable(figure.atoms for figure in figures))) < sum(len(figure.atoms) for figure in figures)
    ]
    if len(set(keys)) < len(keys) or overlapping:
        message = f"two figures of one key, or tables whose figures overlap: {overlapping[:5]}"
        raise ValueError(message)


class _Keeper:
    """Holds what is shown, the reader who attacks it, and the witnesses that answer."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._attacker = Attacker(board, propose(board))
        self._search = Search(board)
        self._witnesses = Witnesses(board)
        self._rivals = rivals(board)
        self.known: dict[Classes, str] = {}
        self.known_few: dict[Classes, str] = {}
        self.is_coarse = False
        self._until = 0

    @property
    def shown(self) -> list[bool]:
        """Which lines are shown."""
        return self._attacker.shown

    @property
    def audits(self) -> int:
        """Linear programs solved so far."""
        return self._attacker.audits + self._search.solved

    @property
    def _has_left(self) -> bool:
        """Whether work is left of what is allowed."""
        return self.audits * len(self._board.truth) < self._until

    def _allow(self, work: int) -> None:
        self._until = self.audits * len(self._board.truth) + work

    def settle(self) -> None:
        """Hide until every secret has its witness: figure by figure, then, when that takes too long, table by table.

        When that takes too long as well, nothing is shown that was not read before.
        """
        self._allow(SETTLE)
        self._settle_all()
        if self._open():
            self.is_coarse = True
            self._allow(TABLES)
            self._settle_all()
        if self._open():
            for place in self._removable():
                self._attacker.show(place, shown=False)

    def _settle_all(self) -> None:
        """Each turn closes a secret or hides a line, so it ends."""
        while self._has_left and (targets := self._open()):
            self._move_together(targets)
            for target in self._open():
                self._settle_one(target)
            if self._has_left and self._open() == targets:
                self._hide_one(targets[0])

    def _hide_one(self, target: Target) -> None:
        """Hide the cheapest line that may be hidden: a secret is not known to be safe, and nothing says why."""
        places = self._removable()
        if places:
            self._hide(min(places, key=lambda place: self._board.lines[place].cost))
        else:
            self.known[target.classes] = target.name

    def _hide(self, place: int) -> None:
        """Hide a line; with all of its tables once there is no time for less."""
        tables = self._board.lines[place].tables
        with_it = {other for other in self._removable() if self.is_coarse and tables & self._board.lines[other].tables}
        for other in sorted(with_it | {place}):
            self._attacker.show(other, shown=False)

    def _removable(self) -> list[int]:
        """What is shown and can be hidden."""
        return [place for place, is_shown in enumerate(self.shown) if is_shown and not self._board.lines[place].is_fixed]

    def polish(self) -> None:
        """Show again what can be, dearest first: what needs no new program at all, then the rest within a bound."""
        end = self.audits + POLISH
        for is_free in (True, False):
            hidden = [place for place, line in enumerate(self._board.lines) if line.is_wanted and not self.shown[place]]
            for place in sorted(hidden, key=lambda place: self._board.lines[place].cost, reverse=True):
                if self._may_be_shown(place) and (is_free or self.audits < end):
                    self._attacker.show(place, shown=True)
                    if not self._stays_closed(is_free):
                        self._attacker.show(place, shown=False)

    def _open(self) -> list[Target]:
        return self._witnesses.open_targets(self.shown, self.known, self.known_few)

    def _settle_one(self, target: Target) -> None:
        """Hide what ties a sum down, cheapest first, until it is free or only held by what cannot be taken back."""
        while self._has_left and (ties := self._ties(target)) is not None:
            removable = [place for place in ties if not self._board.lines[place].is_fixed]
            if not removable and target.needed:
                self.known_few[target.classes] = target.name
                target = replace(target, needed=0)
                continue
            if not removable:
                self.known[target.classes] = target.name
                return
            self._hide(min(removable, key=lambda place: self._board.lines[place].cost))

    def _ties(self, target: Target) -> set[int] | None:
        """The lines by which a reader knows a sum; ``None`` once it has its witnesses."""
        enough = max(NEAR + 1, target.needed)
        if self._finds(target, 1, enough):
            return None
        up = self._attacker.furthest([target.classes], 1)
        rise = up.value - target.count + TOLERANCE if up else 0
        if rise >= enough and self._finds(target, 1, enough, up, tries=TRIES):
            return None
        if up is None or (
            target.needed and not (rise >= target.needed and self._finds(target, 1, target.needed, up, tries=TRIES))
        ):
            return self._or_all(up, rise >= target.needed)
        down = self._attacker.furthest([target.classes], -1) if target.count > NEAR else None
        fall = target.count - down.value + TOLERANCE if down else 0
        if fall >= NEAR + 1 and self._finds(target, -1, NEAR + 1, down, tries=TRIES):
            return None
        return self._or_all(up, rise >= enough) | (self._or_all(down, fall > NEAR) if down else set())

    def _or_all(self, reach: Reach | None, is_far: bool) -> set[int]:
        """What ties a sum down; where only fractions can go further, anything that is shown may be the reason."""
        if reach is not None and (reach.ties or not is_far):
            return set(reach.ties)
        return {place for place, is_shown in enumerate(self.shown) if is_shown}

    def _finds(self, target: Target, direction: int, amount: int, reach: Reach | None = None, tries: int = 1) -> bool:
        """Whether a world of whole numbers is found in which a sum differs by so much; it is kept."""
        points = chain([reach.point] if reach else [], self._search.changes(self.shown, target.classes, direction, amount, tries))
        for world in map(self._attacker.whole, points):
            if direction * (int(world[list(target.classes)].sum()) - target.count) >= amount:
                self._witnesses.add(world)
                return True
        return False

    def _move_together(self, targets: Sequence[Target]) -> None:
        """One program for many sums: most of them move at once."""
        while len(targets) > MANY:
            for direction in (1, -1):
                reach = self._attacker.furthest([target.classes for target in targets], direction)
                if reach is not None:
                    self._witnesses.add(self._attacker.whole(reach.point))
            left = self._open()
            if 2 * len(left) > len(targets):
                return
            targets = left

    def _may_be_shown(self, place: int) -> bool:
        line = self._board.lines[place]
        return not is_small(line.count, self._board.threshold) and not any(self.shown[other] for other in self._rivals[place])

    def _stays_closed(self, is_free: bool) -> bool:
        targets = self._open()
        if is_free or not targets:
            return not targets
        self._move_together(targets)
        return all(self._ties(target) is None for target in self._open())
