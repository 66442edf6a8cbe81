"""Which records to read, and what the user says about them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True)
class Records:
    """A file or folder. `source`: a name for whose patient ids these are, where the ids of several
    servers may clash; `patient`: whose records these are, where they do not say so themselves; `mapping`: a
    mapping file of the tables among them, or the name of a ready one."""

    path: Path
    source: str = ""
    patient: str | None = None
    mapping: str | None = None

    def sealed(self) -> SecretStr:
        """For Prefect, which keeps a run's parameters: a file's name may be the name of a patient."""
        return SecretStr(json.dumps(asdict(self), default=str))

    @classmethod
    def opened(cls, sealed: SecretStr) -> "Records":
        """What `sealed` sealed."""
        held = json.loads(sealed.get_secret_value())
        return cls(**held | {"path": Path(held["path"])})
