"""Servers that replace a built-in default: which, and whether they answer before work hangs on them."""

import os
from dataclasses import dataclass

import httpx

from features.error import Problem

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Outside:
    """One server; `variable` names its address, `health` answers below it."""

    what: str
    variable: str
    health: str

    @property
    def url(self) -> str | None:
        """Where the user says it is; None: the built-in default is used."""
        found = os.environ.get(self.variable, "")
        return found if found.startswith("http") else None

    def fault(self) -> str | None:
        """Why it cannot be used, in words; None: it answers, or is not asked for."""
        if self.url is None:
            return None
        try:
            status = httpx.get(self.url.rstrip("/") + self.health, timeout=TIMEOUT_SECONDS).status_code
        except httpx.HTTPError as error:
            return f"{self.what} at {self.url} does not answer ({type(error).__name__})"
        return None if status < 400 else f"{self.what} at {self.url} answers {status}"

    def demand(self) -> None:
        """Go on only if it can be used.

        Raises:
            ServerAway: it is named and does not answer.
        """
        if fault := self.fault():
            raise ServerAway(f"{fault}. Start it, or unset {self.variable} to use what is built in.")


class ServerAway(Problem):
    """A server that the user named does not answer."""


QDRANT = Outside("Qdrant", "SMARTCLINIC_QDRANT_URL", "/readyz")
MLFLOW = Outside("MLflow", "MLFLOW_TRACKING_URI", "/health")
PREFECT = Outside("Prefect", "PREFECT_API_URL", "/health")
ALL = (QDRANT, MLFLOW, PREFECT)
