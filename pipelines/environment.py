"""The process environment: no telemetry, and every tool's own files under the home folder.

Call `prepare` before importing prefect or mlflow: both read the environment at import.
"""

import os

from pipelines.home import Home

QUIET = {
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "DVC_NO_ANALYTICS": "1",
    # The phases tell what happens, and an error reaches the user as one line or as a traceback of ours.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


def prepare(home: Home) -> None:
    """Set what is not set yet. A Prefect or MLflow server that the user configured stays in force."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if "PREFECT_API_URL" not in os.environ:
        os.environ.setdefault("PREFECT_HOME", str(home.prefect))
        os.environ.setdefault(
            "PREFECT_API_DATABASE_CONNECTION_URL",
            f"sqlite+aiosqlite:///{home.prefect / 'prefect.db'}",
        )
        os.environ.setdefault("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "true")
        # Prefect's own server makes its database on first use: slow on a busy machine.
        os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
