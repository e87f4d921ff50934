"""Texts of one language as forms: a letter, an SMS, a spoken message, a script with its questions and answers line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach.core.i18n import _
from outreach.definitions.messages import LetterText, Script
from outreach.definitions.scripts import Answer, Branching
from outreach.definitions.written import Written
from outreach.policy.language import FRENCH

ARROW = "→"
END = "fin"
BLANK_QUESTIONS = 1


def letter_fields(letter: LetterText | None) -> dict[str, str]:
    """A letter as the fields of its form."""
    if letter is None:
        return {"subject": "", "paragraphs": "", "call_back_lines": "", "signature": ""}
    return {
        "subject": letter.subject, "paragraphs": "\n\n".join(letter.paragraphs), "signature": letter.signature,
        "call_back_lines": "\n".join(f"{code} : {line}" for code, line in letter.call_back_lines.items()),
    }  # fmt: skip


def letter_of(form: Mapping[str, str]) -> dict[str, Any] | None:
    """The letter of a form; none for one that was emptied."""
    paragraphs = [
        " ".join(part.split()) for part in form.get("paragraphs", "").replace("\r\n", "\n").split("\n\n") if part.strip()
    ]
    if not paragraphs and not form.get("subject", "").strip():
        return None
    lines = (line.partition(":") for line in form.get("call_back_lines", "").splitlines() if ":" in line)
    return {
        "subject": form.get("subject", "").strip(), "paragraphs": paragraphs, "signature": form.get("signature", "").strip(),
        "call_back_lines": {code.strip(): words.strip() for code, _sign, words in lines if words.strip()},
    }  # fmt: skip


def script_fields(script: Script | None) -> dict[str, Any]:
    """A script as the fields of its form; a blank question at the end takes a new one."""
    questions: list[Branching | None] = [*(script.questions if script else []), *[None] * BLANK_QUESTIONS]
    return {
        "opening": script.opening if script else "", "if_nobody": script.if_nobody if script else "",
        "questions": [
            {"code": one.code or "" if one else "", "ask": one.ask if one else "", "answers": "\n".join(map(_line, one.answers)) if one else ""}
            for one in questions
        ],
    }  # fmt: skip


def sent_script(form: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a script as they were sent: what cannot be kept yet is not lost."""
    asked = range(sum(name.endswith(".ask") for name in form))
    return {
        "opening": form.get("opening", ""), "if_nobody": form.get("if_nobody", ""),
        "questions": [{name: form.get(f"question.{at}.{name}", "") for name in ("code", "ask", "answers")} for at in asked],
    }  # fmt: skip


def script_of(form: Mapping[str, str]) -> dict[str, Any] | None:
    """The script of a form; none for one that was emptied."""
    questions = []
    for at in range(sum(name.endswith(".ask") for name in form)):
        ask = form.get(f"question.{at}.ask", "").strip()
        if not ask:
            continue
        one: dict[str, Any] = {
            "ask": ask,
            "answers": [_answer(line) for line in form.get(f"question.{at}.answers", "").splitlines() if line.strip()],
        }
        code = form.get(f"question.{at}.code", "").strip()
        questions.append(one | ({"code": code} if code else {}))
    if not questions and not form.get("opening", "").strip():
        return None
    return {"opening": form.get("opening", "").strip(), "questions": questions, "if_nobody": form.get("if_nobody", "").strip()}


def put(written: Written, channel: str, language: str, content: Any) -> None:
    """Put a text into a definition as written; ``None`` takes it out."""
    messages = written["messages"]
    if channel == "letter" and language == FRENCH:
        messages["letter"] = content
        return
    texts = messages.setdefault({"letter": "letters", "script": "scripts"}.get(channel, channel), {})
    if content is None:
        texts.pop(language, None)
    else:
        texts[language] = content


def ways_of(script: Script) -> list[list[str]]:
    """For each question where each answer leads, in words."""
    asked = {question.code: question.ask for question in script.questions if question.code}
    return [[_way(answer, asked) for answer in question.answers] for question in script.questions]


def _way(answer: Answer, asked: Mapping[str, str]) -> str:
    if answer.end:
        return _("« {say} » : fin du script").format(say=answer.say)
    if answer.go_to:
        return _("« {say} » : on passe à « {question} »").format(say=answer.say, question=asked.get(answer.go_to, answer.go_to))
    return _("« {say} » : question suivante").format(say=answer.say)


def _line(answer: Answer) -> str:
    return f"{answer.say} {ARROW} {END}" if answer.end else f"{answer.say} {ARROW} {answer.go_to}" if answer.go_to else answer.say


def _answer(line: str) -> dict[str, Any]:
    say, arrow, way = line.replace("->", ARROW).partition(ARROW)
    if not arrow:
        return {"say": say.strip()}
    return {"say": say.strip()} | ({"end": True} if way.strip().lower() in {END, "end"} else {"go_to": way.strip()})
