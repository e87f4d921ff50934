"""Calls through Twilio Voice: it rings the mediator, then the person; or reads a short message to somebody."""

from __future__ import annotations

from typing import Any

from twilio.twiml.voice_response import Dial, VoiceResponse

from outreach.channels.twilio.client import NAME, Account, understood
from outreach.core.provider import ProviderCall

OUTCOMES: dict[str, str | None] = {
    "queued": None, "ringing": None, "in-progress": None,
    "completed": "completed", "busy": "busy", "failed": "failed", "no-answer": "no-answer", "canceled": "canceled",
}  # fmt: skip
"""Twilio's call statuses (its OpenAPI file, 2010-04-01): the end that each is, ``None`` while the call goes on."""
CALL_PATH = "hooks/twilio/call"
RING = 25
"""Seconds that it rings: six times, and before most voice mails."""
VOICES = {
    "fr": "fr-FR", "en": "en-GB", "ar": "arb", "tr": "tr-TR", "pt": "pt-PT", "es": "es-ES", "it": "it-IT", "ro": "ro-RO",
    "ru": "ru-RU", "pl": "pl-PL", "de": "de-DE",
}  # fmt: skip
"""Languages in which Twilio reads a text aloud, by our code."""


class TwilioVoice:
    """Calls through Twilio (or a peer that speaks its API)."""

    name = NAME
    languages = frozenset(VOICES)

    def __init__(self, account: Account) -> None:
        self.account = account
        self.is_loopback = account.is_loopback
        self._client = account.client()

    def connect(self, mediator: str, person: str, *, caller: str, attempt: int) -> ProviderCall:
        """Ring the mediator; once they answer, ring the person, who sees ``caller``."""
        dial = Dial(caller_id=caller, timeout=RING)
        told = self._callback(attempt, "person")
        dial.number(person, **({"status_callback": told, "status_callback_event": "answered completed"} if told else {}))
        answer = VoiceResponse()
        answer.append(dial)
        return self._ring(mediator, caller, answer, self._callback(attempt, "mediator"))

    def play(self, person: str, words: str, *, language: str, caller: str, attempt: int) -> ProviderCall:
        """Ring a person and read ``words``, twice: whoever picks up late, or is a machine, hears them from the start."""
        answer = VoiceResponse()
        answer.pause(length=1)
        answer.say(words, language=VOICES[language], loop=2)
        return self._ring(person, caller, answer, self._callback(attempt, "person"), machine_detection="Enable", timeout=RING)

    def _ring(self, to: str, caller: str, answer: VoiceResponse, callback: str | None, **options: Any) -> ProviderCall:
        if callback:
            options |= {"status_callback": callback, "status_callback_event": ["completed"]}
        with understood():
            call = self._client.calls.create(to=to, from_=caller, twiml=str(answer), **options)
        return ProviderCall(str(call.sid), str(call.status))

    def _callback(self, attempt: int, leg: str) -> str | None:
        return self.account.callback(f"{CALL_PATH}?attempt={attempt}&leg={leg}")
