"""Hosts that share dispatch and track: what each adds, and what a cut cable costs. One PostgreSQL, one Prefect server, a worker a host.

python -m benchmarks.hosts [--contacts 4000] [--hosts 1 2 4]

Each host is a network namespace with a name of its own; the provider answers after a tenth of a second, as a real one does. The
peer is the same work on one host.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from benchmarks.hosts.network import ADDRESS, HUB, cut_off, network, on_host, reason_against
from benchmarks.hosts.tracking import heard, tell, watched
from outreach.channels import outbox
from outreach.channels.senders import set_sender
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock, embedded
from outreach.core.database import Database, create_database
from outreach.core.embedded import EmbeddedCluster
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import Loaded, find_campaign, launch_campaign
from outreach.flows.catalogue import ENVIRONMENT, POOL
from outreach.migrations import run as migrations
from outreach.simulation.crowd import write_crowd
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import reconcile

START = clock.at(date(2026, 10, 6), "10:00")
API = f"http://{ADDRESS}:4200/api"
HERE, THERE, PEER = 4920, 4921, 4922
LATENCY = (0.08, 0.12)
SECRETS = {"OUTREACH_FIELD_KEY": "a key of words about people, for benchmarks"}


class Hub:
    """What all hosts share: a cluster that answers on the hub's address, a Prefect server, a provider that counts."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        embedded.PARAMETERS["listen_addresses"] = f"'{ADDRESS}'"
        self.home, self.arrivals, self.now = home, list[float](), START
        self.cluster = EmbeddedCluster(home / "postgres", fsync=True)
        self.cluster.open()
        stack.callback(self.cluster.close)
        rules = self.cluster.data / "pg_hba.conf"
        rules.write_text(rules.read_text() + "\nhost all all 10.77.0.0/24 scram-sha-256\n")
        self.cluster._run("pg_ctl", "reload", "-D", str(self.cluster.data))  # noqa: SLF001  (a server for this run alone)
        stack.enter_context(
            running([sys.executable, "-m", "benchmarks.hosts.forward", ADDRESS, str(THERE), "127.0.0.1", str(PEER)])
        )
        server = [sys.executable, "-m", "prefect", "server", "start", "--host", ADDRESS, "--port", "4200"]
        stack.enter_context(running(server, self.prefect_environment(), home / "server.log"))

    def provider(self) -> LoopbackProvider:
        """One that knows nothing yet: every crowd has the same numbers and words."""
        self.arrivals, self.now = [], START
        return LoopbackProvider(self._arrive, lambda: self.now, faults=Faults(seed=1, latency=LATENCY), port=PEER)

    def _arrive(self, _to: str, _body: str) -> Answer:
        self.arrivals.append(time.monotonic())
        return Answer()

    def prefect_environment(self) -> dict[str, str]:
        """A Prefect that keeps to itself."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return kept | {
            "PREFECT_HOME": str(self.home / "prefect"), "PREFECT_API_URL": API, "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1", "PYTHONPATH": str(Path(__file__).parents[2]), "PREFECT_SERVER_UI_ENABLED": "false", "PREFECT_WORKER_QUERY_SECONDS": "1", **ENVIRONMENT,
        }  # fmt: skip

    def crowd(self, name: str, contacts: int) -> tuple[Database, Loaded]:
        """A database with so many SMS due."""
        create_database(self.cluster, name)
        database = Database(self.cluster.url(name), self.cluster.url(name, "outreach_owner"), self.cluster)
        migrations.upgrade(database)
        folder = read_folder(Path("campaigns/energy-arrears"))
        with clock.travel(START), database.session() as session:
            launch_campaign(session, folder, actor="benchmark")
            loaded = find_campaign(session, folder.campaign.code)
            write_crowd(session, loaded, contacts, Channel.SMS, START, useful=timedelta(hours=9))
            set_sender(session, Channel.SMS, SENDER, actor="benchmark")
        return database, loaded

    @contextmanager
    def workers(self, database: str, hosts: int) -> Iterator[list[subprocess.Popen[bytes]]]:
        """A worker on each host, one run at a time, and the way to the provider on its loopback."""
        url = self.cluster.url(database).replace(
            f"@/{database}?host={self.cluster.sockets}", f"@{ADDRESS}:5432/{database}?sslmode=disable"
        )
        given = self.prefect_environment() | SECRETS | {
            "OUTREACH_DATABASE_URL": url, "OUTREACH_DATABASE_OWNER_URL": url, "OUTREACH_TWILIO_ACCOUNT_SID": ACCOUNT,
            "OUTREACH_TWILIO_AUTH_TOKEN": TOKEN, "OUTREACH_TWILIO_API_URL": f"http://127.0.0.1:{HERE}",
            "OUTREACH_OBJECTION_PEPPER": self.cluster.secret("pepper"), "OUTREACH_OUTPUT": str(self.home / "out"),
        }  # fmt: skip
        with ExitStack() as stack:
            started = []
            for number in range(1, hosts + 1):
                way = [sys.executable, "-m", "benchmarks.hosts.forward", "127.0.0.1", str(HERE), ADDRESS, str(THERE)]
                stack.enter_context(running([*on_host(number), *way]))
                own = given | {"PREFECT_HOME": str(self.home / f"prefect-{number}")}
                worker = ["prefect", "worker", "start", "--pool", POOL, "--name", f"host-{number}", "--limit", "1"]
                command = [*on_host(number), sys.executable, "-m", *worker]
                started.append(stack.enter_context(running(command, own, self.home / f"worker-{number}.log")))
            yield started


@contextmanager
def running(
    command: list[str], environment: dict[str, str] | None = None, log: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts."""
    with (log or Path(os.devnull)).open("ab") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def deploy() -> dict[str, str]:
    """The pool and the flows on the server; returns the numbers of the deployments."""
    from prefect import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.utilities.callables import parameter_schema

    from benchmarks.hosts.run_flow import dispatch_at, track_at

    made = {}
    async with get_client() as client:
        await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        for name, entry in (("dispatch", dispatch_at), ("track", track_at)):
            made[name] = str(await client.create_deployment(
                flow_id=await client.create_flow(entry), name="hosts", entrypoint=f"benchmarks.hosts.run_flow.{name}_at",
                work_pool_name=POOL, parameter_openapi_schema=parameter_schema(entry).model_dump_for_openapi(),
            ))  # fmt: skip
    return made


async def run(deployment: str, hosts: int, until: float | None = None) -> list[str]:
    """A run for each host; returns their states once all are over, or ``until`` has passed."""
    from prefect import get_client

    async with get_client() as client:
        runs = [
            (await client.create_flow_run_from_deployment(deployment, parameters={"moment": START.isoformat()})).id
            for _host in range(hosts)
        ]
        while True:
            states = [(await client.read_flow_run(one)).state for one in runs]
            if all(state is not None and state.is_final() for state in states) or (
                until is not None and time.monotonic() > until
            ):
                return [state.type.value if state else "?" for state in states]
            await asyncio.sleep(0.5)


def measure(hub: Hub, deployments: dict[str, str], hosts: int, contacts: int) -> tuple[tuple[float, str], tuple[float, str]]:
    """One dispatch and one track by so many hosts: messages and notices a second, and whether anybody got two or was heard twice."""
    database, _loaded = hub.crowd(f"hosts_{hosts}", contacts)
    with hub.provider() as peer, hub.workers(f"hosts_{hosts}", hosts):
        states = asyncio.run(run(deployments["dispatch"], hosts))
        texts = Counter(message["to"] for message in peer.messages)
        tell(database, peer.messages)
        with watched(database) as reading:
            states += asyncio.run(run(deployments["track"], hosts))
    if set(states) != {"COMPLETED"}:
        raise SystemExit((hub.home / "worker-1.log").read_text()[-4000:])
    tracked = reading.rate, heard(database)
    rate = (len(hub.arrivals) - 1) / (hub.arrivals[-1] - hub.arrivals[0]) if len(hub.arrivals) > 1 else 0.0
    with database.session() as session:
        left = session.execute(text("SELECT count(*) FROM contact WHERE state <> 'sent'")).scalar_one()
    twice = sum(count > 1 for count in texts.values())
    database.dispose()
    return (rate, f"{len(texts):>7} {twice:>6} {left:>6}"), tracked


def cut(hub: Hub, deployment: str, contacts: int) -> str:
    """Three hosts, one of which loses its cable in the middle: what the others do, and what is known in the end."""
    database, loaded = hub.crowd("hosts_cut", contacts)
    with hub.provider() as peer, hub.workers("hosts_cut", 3):

        async def disturbed() -> None:
            going = asyncio.create_task(run(deployment, 3, time.monotonic() + 90))
            while len(hub.arrivals) < contacts // 4:  # noqa: ASYNC110  (filled by threads of the peer)
                await asyncio.sleep(0.05)
            cut_off(1)
            await going

        asyncio.run(disturbed())
        with database.session() as session:
            known = Counter(session.execute(text("SELECT state FROM contact")).scalars())
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
        for turn in range(1, 8):
            hub.now = START + turn * timedelta(minutes=16)
            with clock.travel(hub.now):
                with database.session() as session:
                    outbox.tidy(session, loaded.campaign.id)
                reconcile(database, provider)
                dispatch_sms(database, loaded, provider, worker="another host")
        cut_off(1, back=True)
        texts = Counter(message["to"] for message in peer.messages)
        with database.session() as session:
            sent = session.execute(text("SELECT count(*) FROM contact WHERE state = 'sent'")).scalar_one()
    database.dispose()
    return (
        f"cut off in the middle: {dict(known)} when the others were done; in the end {sent} of {contacts} sent,"
        f" {len(texts)} people with a text, {sum(count > 1 for count in texts.values())} with two"
    )


def inside(counts: list[int], contacts: int) -> None:
    """Within the hub's network."""
    os.environ["PREFECT_API_URL"] = API
    os.environ.update(SECRETS)
    with tempfile.TemporaryDirectory(prefix="outreach-hosts-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o711)
        hub = Hub(Path(folder), stack)
        _await_server()
        deployments = asyncio.run(deploy())
        found = {hosts: measure(hub, deployments, hosts, contacts) for hosts in counts}
        for stage, heads in enumerate(
            (f"{'people':>7} {'twice':>6} {'left':>6}", f"{'replies':>7} {'delivered':>9} {'twice':>6}")
        ):
            print(f"{('dispatch', 'track')[stage]}\n{'hosts':>5} {'a second':>9} {'speed-up':>9} {heads}")
            first = found[counts[0]][stage][0]
            for hosts, measured in found.items():
                rate, rest = measured[stage]
                print(f"{hosts:>5} {rate:>9.0f} {rate / first:>8.2f}x {rest}", flush=True)
        print(cut(hub, deployments["dispatch"], contacts), flush=True)


def _await_server() -> None:
    from urllib.request import urlopen

    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{API}/health", timeout=2):  # noqa: S310  (our own hub)
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the Prefect server did not start")


def main() -> None:
    """Make the network, and go inside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=4_000)
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--inside", action="store_true")
    chosen = parser.parse_args()
    if chosen.inside:
        inside(chosen.hosts, chosen.contacts)
        return
    if (reason := reason_against()) is not None:
        print(f"not measured: {reason}")
        return
    with network(max(3, *chosen.hosts)):
        counts = [str(hosts) for hosts in chosen.hosts]
        command = [sys.executable, "-m", "benchmarks.hosts", "--inside", "--contacts", str(chosen.contacts), "--hosts", *counts]
        subprocess.run(["ip", "netns", "exec", HUB, *command], check=True)


if __name__ == "__main__":
    main()
