"""Progress as bars: one line a step, with rows, rows per second and time; steps inside a step come and go."""

from __future__ import annotations

from typing import Self

from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from outreach.core.i18n import _, language, number


class Done(ProgressColumn):
    """``12 000 / 50 000``, or only what is done when nobody knows how much there is."""

    def render(self, task: Task) -> Text:
        """The cell of one step."""
        if task.fields.get("uncounted"):
            return Text("")
        parts = [number(int(task.completed), language())] if task.completed else []
        return Text(" / ".join([*parts, number(int(task.total), language())] if task.total else parts))


class Rate(ProgressColumn):
    """``8 500/s`` since the step began."""

    def render(self, task: Task) -> Text:
        """The cell of one step."""
        seconds = task.finished_time if task.finished_time is not None else task.elapsed
        counted = seconds and task.completed and not task.fields.get("uncounted")
        return Text(f"{number(round(task.completed / (seconds or 1)), language())}/s" if counted else "")


class Bars:
    """A ``progress.Listener`` on the terminal. Steps that took part in a larger one make room when they end."""

    def __init__(self) -> None:
        self._progress = Progress(SpinnerColumn(finished_text="·"), TextColumn("{task.description}"), BarColumn(), Done(), Rate(),
                                  TimeElapsedColumn())  # fmt: skip
        self._open: list[tuple[str, TaskID]] = []

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state on the screen."""
        self._progress.stop()

    def begin(self, step: str, total: int | None) -> None:
        """A new line."""
        self._open.append((step, self._progress.add_task("  " * len(self._open) + _(step), total=total)))

    def advance(self, step: str, rows: int) -> None:
        """Move the newest line of that step."""
        self._progress.advance(next(task for name, task in reversed(self._open) if name == step), rows)

    def end(self, step: str) -> None:
        """A step of its own stays as a finished line; one inside another goes."""
        _name, task = self._open.pop(next(i for i in reversed(range(len(self._open))) if self._open[i][0] == step))
        if self._open:
            self._progress.remove_task(task)
        else:
            done = self._progress.tasks[-1].completed
            self._progress.update(task, total=done or 1, completed=done or 1, uncounted=not done)
