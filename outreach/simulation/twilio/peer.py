"""The peer itself: a thread with a loop that listens, remembers, and calls back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from outreach.simulation.twilio import api
from outreach.simulation.twilio.answers import ACCOUNT, SENDER, TOKEN, Answer, CallAnswer
from outreach.simulation.twilio.calls import Calls, Dial, Leg, Wishes, read_script
from outreach.simulation.twilio.faults import Faults
from outreach.simulation.twilio.http import Listener, Request, Response
from outreach.simulation.twilio.messages import VERSION, Kept, Messages
from outreach.simulation.twilio.posting import Poster

LOOK_EVERY = 0.005
Step = tuple[str, int | None]
"""A status and Twilio's error code."""


@dataclass
class LoopbackProvider:
    """The peer. Use as a context manager; ``url`` is its address while it runs.

    ``now`` is the clock it stamps messages with: simulated people live on simulated days. ``on_message(to, body)`` and
    ``on_call(to)`` say what people make of it. ``inbound_url`` is where replies are posted; ``proxied`` says which
    loopback address stands behind a public one.
    """

    on_message: Callable[[str, str], Answer]
    now: Callable[[], datetime]
    on_call: Callable[[str], CallAnswer] = field(default=lambda _to: CallAnswer())
    faults: Faults = field(default_factory=Faults)
    inbound_url: str | None = None
    proxied: Mapping[str, str] = field(default_factory=dict)
    port: int = 0

    def __enter__(self) -> Self:
        """Start to listen on loopback."""
        self.store, self.calls = Messages(), Calls()
        self.credentials = api.basic(ACCOUNT, TOKEN)
        self._poster = Poster(TOKEN, self.proxied)
        self._tries: Counter[tuple[str, ...]] = Counter()
        self._scheduled = 0
        self._lock = threading.RLock()
        self._connections: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop: what was not called back by now never is."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: Listener(self._answer, self._connections), "127.0.0.1", self.port)

    async def _stop(self) -> None:
        self._server.close()
        for transport in list(self._connections):
            transport.abort()
        self._poster.close()
        # Aborted transports close in the next turns of the loop.
        for _turn in range(3):
            await asyncio.sleep(0)

    def _answer(self, request: Request) -> Response:
        with self._lock:
            return api.answer(self, request)

    @property
    def url(self) -> str:
        """The address to give to the SDK."""
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host!s}:{port}"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All messages that it knows, as it answers them, in the order of their arrival."""
        with self._lock:
            return [dict(kept.shown) for kept in self.store.kept]

    @property
    def callbacks(self) -> Counter[int]:
        """Answers to its callbacks, by status; 0: none came."""
        return self._poster.answers

    @property
    def pending(self) -> int:
        """What is still to be told."""
        return self._scheduled + self._poster.pending

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until everything was told; ``False`` when that takes longer than ``seconds``."""
        end = time.monotonic() + seconds
        while self.pending and time.monotonic() < end:
            time.sleep(LOOK_EVERY)
        return not self.pending

    def reaches(self, url: str) -> None:
        """Whether it may call back there. Raises ``NotLoopbackError``."""
        self._poster.place(url)

    def tries(self, *occasion: str) -> int:
        """How often the same was asked before, counting this time."""
        self._tries[occasion] += 1
        return self._tries[occasion]

    def receive(self, person: str, body: str, to: str | None = None) -> None:
        """Let a person write, to the usual sender or another; on any thread."""
        if threading.get_ident() == self._thread.ident:
            self._hear(person, to or SENDER, body)
        else:
            asyncio.run_coroutine_threadsafe(self._heard(person, to or SENDER, body), self._loop).result()

    async def _heard(self, person: str, sender: str, body: str) -> None:
        self._hear(person, sender, body)

    def accept(self, sender: str, to: str, body: str, tell: str | None) -> dict[str, Any]:
        """Take one message to a person; what becomes of it is told to ``tell`` and shown in the list."""
        answer = self.on_message(to, body)
        kept = self.store.add(sender, to, body, self._moment())
        shown, sid = dict(kept.shown), kept.shown["sid"]
        error = self.faults.failure(sid)
        status, error = ("undelivered", error) if error is not None else (answer.status, answer.error)
        steps: list[Step] = [(shown["status"], None), ("sent", None), (status, error)]
        told = list(steps)
        if self.faults.chance("shuffled", sid) < self.faults.shuffled:
            told.sort(key=lambda step: self.faults.chance("order", sid, step[0]))
        delay = self.faults.seconds(self.faults.delay, "status", sid)
        for number, (step, word) in enumerate(zip(steps, told, strict=True), start=1):
            self._later(delay * number / len(steps), self._move, kept, step, word, tell)
        if answer.reply is not None:
            self._later(delay, self._hear, to, sender, answer.reply)
        return shown

    def _move(self, kept: Kept, step: Step, word: Step, tell: str | None) -> None:
        """One step of a message in the list, and one word about it, which may be of another step."""
        shown = kept.shown
        self.store.move(kept, *step, self._moment())
        if tell is None:
            return
        status, error = word
        form = {
            "AccountSid": ACCOUNT, "ApiVersion": VERSION, "From": shown["from"] or SENDER, "MessageSid": shown["sid"],
            "MessageStatus": status, "SmsSid": shown["sid"], "SmsStatus": status, "To": shown["to"],
        }  # fmt: skip
        if shown["messaging_service_sid"]:
            form["MessagingServiceSid"] = shown["messaging_service_sid"]
        if error is not None:
            form["ErrorCode"] = str(error)
        for _time in range(1 + self._repeats(shown["sid"], status)):
            self._poster.post(tell, form)

    def _hear(self, person: str, sender: str, body: str) -> None:
        """A person wrote."""
        with self._lock:
            understood = self.store.heard(person, sender, body)
            kept = self.store.add(person, sender, body, self._moment(), inbound=True)
            self.store.move(kept, "received", None, self._moment())
        if self.inbound_url is None:
            return
        sid = kept.shown["sid"]
        form = {
            "AccountSid": ACCOUNT, "ApiVersion": VERSION, "From": person, "To": sender, "Body": body, "MessageSid": sid, "SmsSid": sid,
            "SmsMessageSid": sid, "SmsStatus": "received", "NumMedia": "0", "NumSegments": kept.shown["num_segments"],
        }  # fmt: skip
        if understood is not None:
            form["OptOutType"] = understood
        for _time in range(1 + self._repeats(sid, "inbound")):
            self._poster.post(self.inbound_url, form)

    def ring(self, caller: str, to: str, script: Dial | str, wishes: Wishes) -> dict[str, Any]:
        """Ring ``to``; once they answer, do what the script says (a script, or the address where it is fetched)."""
        leg = self.calls.add(caller, to, self._moment(), wishes)
        shown = dict(leg.shown)
        self._later(0.0, self._begin, leg, script)
        return shown

    def _begin(self, leg: Leg, script: Dial | str) -> None:
        answer = self.on_call(leg.shown["to"])
        delay = self.faults.seconds(self.faults.delay, "call", leg.shown["sid"])
        for word in ("initiated", "ringing"):
            self._tell(leg, word, answer)
        if answer.status != "completed":
            self._later(delay, self._tell, leg, answer.status, answer)
            return
        self._tell(leg, "in-progress", answer)
        if isinstance(script, str):
            self._poster.post(
                script, leg.form("in-progress"), lambda _status, body: self._play(leg, read_script(body.decode()), answer)
            )
        else:
            self._later(delay, self._play, leg, script, answer)

    def _play(self, leg: Leg, script: Dial, answer: CallAnswer) -> None:
        """The first leg is there: read the words, or ring the second."""
        if script.number is None:
            self._tell(leg, "completed", answer)
            return
        with self._lock:
            child = self.calls.add(script.caller or leg.shown["from"], script.number, self._moment(), script.wishes, leg)
        met = self.on_call(script.number)
        for word in ("initiated", "ringing", *(("in-progress",) if met.status == "completed" else ())):
            self._tell(child, word, met)
        delay = self.faults.seconds(self.faults.delay, "call", child.shown["sid"])
        self._later(delay, self._part, leg, child, script, met, answer)

    def _part(self, leg: Leg, child: Leg, script: Dial, met: CallAnswer, answer: CallAnswer) -> None:
        """The second leg is over, and so the first."""
        self._tell(child, met.status, met)
        seconds = met.seconds if met.status == "completed" else 0
        if script.action is not None:
            dialled = {"DialCallSid": child.shown["sid"], "DialCallStatus": met.status, "DialCallDuration": str(seconds)}
            self._poster.post(script.action, leg.form("in-progress") | dialled)
        self._tell(leg, "completed", CallAnswer("completed", answer.seconds + seconds, answer.answered_by))

    def _tell(self, leg: Leg, status: str, answer: CallAnswer) -> None:
        with self._lock:
            self.calls.move(leg, status, self._moment(), answer)
        if leg.wants(status):
            for _time in range(1 + self._repeats(leg.shown["sid"], status)):
                self._poster.post(leg.wishes.tell or "", leg.form(status))

    def _repeats(self, *occasion: object) -> bool:
        return self.faults.chance("repeated", *occasion) < self.faults.repeated

    def _later(self, seconds: float, act: Callable[..., None], *arguments: Any) -> None:
        """Do something after a time; at once, it is done before anybody can ask."""
        if seconds <= 0:
            act(*arguments)
            return
        self._scheduled += 1
        self._loop.call_later(seconds, self._due, act, *arguments)

    def _due(self, act: Callable[..., None], *arguments: Any) -> None:
        try:
            act(*arguments)
        finally:
            self._scheduled -= 1

    def _moment(self) -> datetime:
        return self.now().astimezone(UTC)
