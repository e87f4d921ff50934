"""Tables in the terminal show what people wrote as it is: it is neither a style nor a command of theirs."""

from __future__ import annotations

import pytest

from outreach.cli.output import table


@pytest.mark.parametrize("said", ["[/b] stop", "[red]stop[/red]", "appelez :warning:", "[bold", "[link=http://x]ici"])
def test_brackets_are_no_markup(said, capsys):
    table("Réponses [à lire]", [[1, said]], ["Message", "[/i]"])
    shown = capsys.readouterr().out
    assert said in shown
    assert "[à lire]" in shown
    assert "[/i]" in shown


def test_a_message_cannot_steer_the_terminal(capsys):
    table("Réponses", [[1, "\x1b[2J\x1b]0;title\x07stop\x9b31m", "une\nligne"]])
    shown = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
    assert "stop" in shown
    assert "ligne" in shown
