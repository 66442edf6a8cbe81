"""The published index of cases as it is now: opened, searched, swapped while requests go on."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import orjson
import structlog

from features.catalogue import by_name as CATALOGUE
from features.error import Problem
from serving import case as model
from serving.case import Access, CaseIndex, IndexGone, Query, Vector
from serving.case_edge import EdgeCases, FolderHeld
from serving.encoder import Encoder
from serving.indexing import CURRENT, PATIENTS, Description, current, describe, retire, write
from serving.profile import Names, Profile, Scale, centred
from serving.schemas import SimilarCase

if TYPE_CHECKING:  # a tenth of a gigabyte that only those with a server need
    from qdrant_client import QdrantClient

log = structlog.get_logger(__name__)


class IndexRefused(Problem):
    """A published index that this process cannot serve; the message says why."""


@dataclass
class Edition:
    """One opened version. `readers` counts the searches under way, so that none loses its index."""

    folder: Path
    description: Description
    index: CaseIndex
    patients: dict[str, str]
    text_mean: Vector
    scale: Scale
    readers: int = 0
    retired: bool = False


class Library:
    """Similar cases over whatever `cases/current` names. Its pointer is looked at on every search; when
    it is gone, so are the cases."""

    def __init__(
        self,
        root: Path,
        encoder: Encoder,
        server: "QdrantClient | None" = None,
        permits: model.Permits | None = None,
    ) -> None:
        """`permits` is asked at each search, so that a withdrawn consent counts at once; without it
        the consents are as they were when the index was made."""
        self._root, self._server, self._permits = root, server, permits
        self._names = Names(encoder)
        self._seen: tuple[int, int] | None = None
        self._edition: Edition | None = None
        self._lock = Lock()
        self.refused: str | None = None

    @property
    def ready(self) -> bool:
        """True once a published index is open, or if none was ever published."""
        self.poll()
        return self._edition is not None or (self._seen is None and self.refused is None)

    @property
    def version(self) -> str | None:
        return self._edition.description.version if self._edition else None

    def warm(self) -> None:
        """Load the encoder's weights and the published index."""
        self._names.learn(["гипертония"])
        self.poll()

    def poll(self) -> None:
        """Open the published version if the pointer changed. A version that cannot be opened is refused
        with a log line, and the old one goes on serving."""
        pointer = self._pointer()
        if pointer == self._seen:
            return
        with self._lock:
            if pointer == self._seen:
                return
            folder = current(self._root)
            if folder is not None and self._edition and self._edition.folder == folder:
                self._seen = pointer
                return
            new = None
            if folder is not None:
                try:
                    new = self._open(folder)
                except Exception as error:  # noqa: BLE001 - whatever is wrong with the files, the old index stays
                    self.refused = str(error) if isinstance(error, Problem) else type(error).__name__
                    log.error("case index refused", version=folder.name, reason=self.refused)
                    # One that is merely held by another process is tried again: it may be let go.
                    self._seen = None if isinstance(error, FolderHeld) else pointer
                    return
                log.info("case index loaded", version=folder.name, cases=new.description.cases)
            # No pointer any more: whoever took it away does not want these cases shown.
            old, self._edition, self.refused = self._edition, new, None
            self._seen = None if folder is None else pointer
        if old is not None:
            self._retire(old)

    def search(
        self,
        subject_id: int,
        profile: Profile,
        state: dict[str, float],
        access: Access,
        limit: int = 10,
    ) -> list[SimilarCase] | None:
        """Cases like this subject's, most alike first, never the subject's own; None: there is no index.

        Args:
            state: values of measured features by name, NaN where missing.
        """
        self.poll()
        try:
            return self._search(subject_id, profile, state, access, limit)
        except IndexGone:
            # A server drops an old version's collection at once; who was reading it reads the new one.
            self.poll()
            return self._search(subject_id, profile, state, access, limit)

    def _search(
        self, subject_id: int, profile: Profile, state: dict[str, float], access: Access, limit: int
    ) -> list[SimilarCase] | None:
        with self._borrowed() as edition:
            if edition is None:
                return None
            values = np.asarray([state.get(n, np.nan) for n in edition.scale.names], np.float32)
            query = Query(
                text=centred(self._names.mean(profile.names), edition.text_mean),
                state=edition.scale.vector(values),
                codes=profile.codes,
                limit=limit,
                patient=edition.patients.get(str(subject_id)),
            )
            hits = [
                hit
                for hit in edition.index.search(query, access)
                # Asked again of what came back: a fault in a filter must not become a leak.
                if model.permitted(access, hit) and hit.patient != query.patient
            ]
            if self._permits is not None and model.by_consent(access):
                tokens = {hit.patient for hit in hits}
                subjects = {int(s): token for s, token in edition.patients.items() if token in tokens}
                still = {subjects[subject] for subject in self._permits(list(subjects))}
                hits = [hit for hit in hits if hit.patient in still]
            mine = set(profile.codes)
            found = [
                SimilarCase(
                    case=hit.token,
                    similarity=round(model.similarity(query, hit), 4),
                    sex=hit.sex,
                    age_band=model.age_band(hit.age),
                    shared=sorted(mine.intersection(hit.codes)),
                )
                for hit in hits
            ]
        return sorted(found, key=lambda case: (-case.similarity, case.case))

    def forget(self, subject_ids: Collection[int]) -> int:
        """Remove these subjects' cases from the published index and from its files, and their tokens.

        Returns:
            How many cases are gone. The next index must be made without these subjects.
        """
        self.poll()
        with self._borrowed() as edition:
            if edition is None:
                return 0
            tokens = [t for s in subject_ids if (t := edition.patients.get(str(s))) is not None]
            before = edition.index.total()
            if tokens:
                edition.index.remove(tokens)
            for subject in subject_ids:
                edition.patients.pop(str(subject), None)
            write(edition.folder / PATIENTS, orjson.dumps(edition.patients))
            return before - edition.index.total()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the measured features that the open index compares."""
        return self._edition.scale.names if self._edition else ()

    @property
    def as_of(self) -> datetime | None:
        """When the open index's cases were described, UTC without a zone mark."""
        return self._edition.description.prediction_time if self._edition else None

    def close(self) -> None:
        with self._lock:
            if self._edition is not None:
                self._edition.index.close()
                self._edition = None

    def _pointer(self) -> tuple[int, int] | None:
        try:
            stat = (self._root / CURRENT).stat()
        except FileNotFoundError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    def _open(self, folder: Path) -> Edition:
        description = describe(folder)
        if description.encoder != self._names.encoder.name:
            raise IndexRefused(
                f"the index was made with the text encoder {description.encoder}, this process has "
                f"{self._names.encoder.name}: run `smartclinic index` again, or name the same encoder"
            )
        if unknown := [name for name in description.features if name not in CATALOGUE]:
            raise IndexRefused(f"the index compares unknown features {', '.join(unknown)}: index again")
        patients = orjson.loads((folder / PATIENTS).read_bytes())
        index: CaseIndex
        if description.engine == "server":
            if self._server is None:
                raise IndexRefused("the index lives on a Qdrant server: set SMARTCLINIC_QDRANT_URL")
            from serving.case_qdrant import QdrantCases

            index = QdrantCases(self._server, description.collection)
        else:
            index = EdgeCases.open(folder)
        total = index.total()
        if total > description.cases or (description.cases and not total):
            index.close()
            raise IndexRefused(f"the index holds {total} cases, {description.cases} were written")
        return Edition(
            folder,
            description,
            index,
            patients,
            np.asarray(description.text_mean, np.float32),
            description.scale,
        )

    @contextmanager
    def _borrowed(self) -> Iterator[Edition | None]:
        with self._lock:
            edition = self._edition
            if edition is not None:
                edition.readers += 1
        try:
            yield edition
        finally:
            if edition is not None:
                with self._lock:
                    edition.readers -= 1
                    last = edition.retired and edition.readers == 0
                if last:
                    self._discard(edition)

    def _retire(self, edition: Edition) -> None:
        with self._lock:
            edition.retired = True
            unused = edition.readers == 0
        if unused:
            self._discard(edition)

    def _discard(self, edition: Edition) -> None:
        edition.index.close()
        if current(self._root) is not None:  # else nothing took its place: its files are not ours to delete
            retire(edition.folder, self._server)
        log.info("case index retired", version=edition.description.version)
