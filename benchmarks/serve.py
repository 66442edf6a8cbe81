"""Latency of the API under a steady stream of requests: one process, its own home, over loopback.

    python -m benchmarks.serve [HOME] [--rate 50] [--seconds 60]

Open loop: requests start on a clock, whether or not earlier ones are answered, and a request's time
counts from the moment at which it was to start. Without HOME a cohort of 2,000 patients is made once,
in a folder of its own beside the default home.
"""

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from benchmarks import report
from features.shards import ParquetEvents
from pipelines.home import Home

COMMAND = [sys.executable, "-c", "from pipelines.command import main; main()"]
HOME = Path(__file__).parents[1] / "var" / "bench"
IN_FLIGHT = 400  # more than this at once: the server is lost, and further requests count as errors
TIMEOUT = 10.0
STARTING = 120


@dataclass
class Tally:
    """Of one stream of requests: seconds of the good ones, and what went wrong with the others."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def milliseconds(self, quantile: float) -> float:
        return round(1000 * float(np.quantile(self.seconds, quantile)), 2) if self.seconds else float("nan")


async def stream(url: str, subjects: list[int], rate: float, seconds: float, path: str) -> Tally:
    """`rate` requests a second for random subjects."""
    tally, pending = Tally(), set[asyncio.Task[None]]()
    chosen = random.Random(1)
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=TIMEOUT) as client:

        async def one(subject: int, due: float) -> None:
            try:
                answer = await client.get(f"/v1/patients/{subject}/{path}")
            except httpx.HTTPError as error:
                tally.errors[type(error).__name__] += 1
                return
            if answer.status_code == 200:
                tally.seconds.append(time.perf_counter() - due)
            else:
                tally.errors[str(answer.status_code)] += 1

        start = time.perf_counter()
        for number in range(int(rate * seconds)):
            due = start + number / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            if len(pending) >= IN_FLIGHT:
                tally.errors["not sent"] += 1
                continue
            task = asyncio.create_task(one(chosen.choice(subjects), due))
            pending.add(task)
            task.add_done_callback(pending.discard)
        await asyncio.gather(*pending)
    return tally


def prepare(home: Home, environment: dict[str, str]) -> None:
    """The whole loop once, if the home is empty."""
    if not home.events.exists():
        print(f"making a cohort of 2,000 patients in {home.root} …", flush=True)
        subprocess.run(
            [*COMMAND, "run", "--no-serve"], env=environment, check=True, stdout=subprocess.DEVNULL
        )


def started(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait until the server is ready.

    Raises:
        SystemExit: it ended, or is not ready in time.
    """
    until = time.monotonic() + STARTING
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server did not become ready: see its log above")


def memory(pid: int) -> dict[str, float]:
    """Resident memory now and at its highest, in MB."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        "rss_mb": round(int(status["VmRSS"].split()[0]) / 1024, 1),
        "rss_peak_mb": round(int(status["VmHWM"].split()[0]) / 1024, 1),
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("home", nargs="?", type=Path, default=HOME)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()

    home = Home(chosen.home.resolve())
    environment = {**os.environ, "SMARTCLINIC_HOME": str(home.root)}
    prepare(home, environment)
    subjects = ParquetEvents(home.events).subjects().to_list()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [*COMMAND, "up", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        started(server, url)
        figures: dict[str, float | int | str] = {
            "subjects": len(subjects),
            "rate_per_second": chosen.rate,
            "seconds": chosen.seconds,
        }
        for path, seconds in (
            ("recommendations", chosen.seconds),
            ("risks", chosen.seconds / 6),
            ("similar", chosen.seconds / 6),
        ):
            tally = asyncio.run(stream(url, subjects, chosen.rate, seconds, path))
            figures |= {
                f"{path}_answers": len(tally.seconds),
                f"{path}_errors": tally.errors.total(),
                f"{path}_p50_ms": tally.milliseconds(0.5),
                f"{path}_p99_ms": tally.milliseconds(0.99),
                f"{path}_max_ms": tally.milliseconds(1.0),
            }
            print(
                f"{path:16}",
                f"p50 {tally.milliseconds(0.5)} ms,",
                f"p99 {tally.milliseconds(0.99)} ms,",
                f"max {tally.milliseconds(1.0)} ms, {len(tally.seconds)} answers,",
                f"errors {dict(tally.errors)}",
            )
        figures |= memory(server.pid)
        print(f"{figures['rss_mb']} MB resident, {figures['rss_peak_mb']} MB at most")
    finally:
        server.terminate()
        server.wait(30)
    print(report.write("serve", figures))


if __name__ == "__main__":
    main()
