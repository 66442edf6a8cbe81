"""One read: each stream of each file is handed to the format in which it is written."""

from collections.abc import Callable, Sequence
from pathlib import Path

from features.ingest import reason
from features.ingest.blob import blobs
from features.ingest.format import Format
from features.ingest.intake import UNREADABLE, Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import Tape

HEAD = 1 << 16  # bytes that tell what a stream is
KEPT = 1 << 16  # bytes that quarantine keeps of what is not records


class Walk:
    """What is open while files go by."""

    def __init__(self, intake: Intake, formats: Sequence[Format]) -> None:
        self._intake = intake
        self._formats = formats

    def file(self, path: Path, name: str, trouble: Trouble | None, advance: Callable[[int], None]) -> None:
        """Read one input file."""
        account = self._intake.account
        if trouble:
            self._refuse((name, None, None, None), trouble)
            account.unreadable += 1
            return
        before = account.mapped + account.ignored
        for blob in blobs(path, advance):
            place: Place = (name, blob.member, None, None)
            trouble = blob.content if isinstance(blob.content, Trouble) else self._blob(blob.content, place)
            if trouble:
                self._refuse(place, trouble)
        if account.mapped + account.ignored > before:
            account.files += 1
        else:
            account.unreadable += 1

    def finish(self) -> None:
        """Take what waited for the end, and write what is left."""
        for format in self._formats:
            self._intake.begin(format.source)
            format.finish()
        self._intake.flush(whole=True)

    def close(self) -> None:
        """Let go of what is held."""
        for format in self._formats:
            format.close()

    def _blob(self, tape: Tape, place: Place) -> Trouble | None:
        head = tape.fill(HEAD)
        if not head:
            return Trouble(tape.trouble or reason.EMPTY_FILE)
        name = place[1] or place[0]
        for format in self._formats:
            if format.recognises(head, name):
                self._intake.begin(format.source)
                trouble = format.read(tape, place)
                self._intake.flush()
                return trouble or (Trouble(tape.trouble) if tape.trouble else None)
        return Trouble(reason.NOT_RECORDS, head[:KEPT])

    def _refuse(self, place: Place, trouble: Trouble) -> None:
        self._intake.meet(UNREADABLE)
        self._intake.refuse(place, UNREADABLE, None, trouble.why, trouble.raw)
