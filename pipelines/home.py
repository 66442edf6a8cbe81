"""The home folder: where everything that the product writes lives, removable as a whole."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """Names of the places under one root. Nothing is made until something is written."""

    root: Path

    @property
    def records(self) -> Path:
        """Simulated records: FHIR NDJSON and the wearable feed."""
        return self.root / "records"

    @property
    def truth(self) -> Path:
        """What the simulator knows and nobody else may read: true states, risks and onsets."""
        return self.root / "truth"

    @property
    def events(self) -> Path:
        """Event shards (Parquet)."""
        return self.root / "events"

    @property
    def staging(self) -> Path:
        """Events on their way to the store; empty between runs."""
        return self.root / ".staging"

    @property
    def samples(self) -> Path:
        """The last weeks' samples of devices, one Parquet file a person, for those that come late."""
        return self.root / "samples"

    @property
    def features(self) -> Path:
        """Feature tables, one Parquet file a model."""
        return self.root / "features"

    @property
    def tasks(self) -> Path:
        """Labels of task files, one folder a task."""
        return self.root / "tasks"

    @property
    def mlflow(self) -> Path:
        """MLflow's database and artifacts."""
        return self.root / "mlflow"

    @property
    def prefect(self) -> Path:
        """Prefect's database."""
        return self.root / "prefect"

    @property
    def bundles(self) -> Path:
        """Published models, which serving reads."""
        return self.root / "bundles"

    @property
    def cases(self) -> Path:
        """Published indexes of similar cases, which serving reads."""
        return self.root / "cases"

    @property
    def scores(self) -> Path:
        """The last batch of recommendations."""
        return self.root / "scores"

    @property
    def clinic(self) -> Path:
        """Names, contacts, consents, quarantined records, letters: readable by the owner alone."""
        return self.root / "clinic"

    @property
    def quarantine(self) -> Path:
        """Records that could not be read, each with the reason."""
        return self.clinic / "quarantine"

    @property
    def options(self) -> Path:
        """What the user says once about all records that are read here (features.ingest.options)."""
        return self.root / "ingest.yaml"

    @property
    def dictionaries(self) -> Path:
        """Registers of names of codes that the user provides, one CSV each (features.register)."""
        return self.root / "dictionaries"

    @property
    def unknown_codes(self) -> Path:
        """Laboratories' own names of tests that the last read did not know, to be reviewed."""
        return self.clinic / "unknown_codes.csv"

    @property
    def mailbox(self) -> Path:
        """Letters to patients (.eml)."""
        return self.clinic / "mailbox"

    def data(self) -> tuple[Path, ...]:
        """Every folder that is made from records, simulated or real."""
        return (
            self.staging,
            self.records,
            self.truth,
            self.events,
            self.samples,
            self.features,
            self.mlflow,
            self.bundles,
            self.cases,
            self.scores,
            self.clinic,
        )


def home() -> Home:
    """The home that `SMARTCLINIC_HOME` names; `var/` in the current folder by default."""
    return Home(Path(os.environ.get("SMARTCLINIC_HOME") or "var").resolve())
