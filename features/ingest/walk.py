"""What lies in files: documents, Bundles and their entries, handed to the reader one by one."""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import ijson  # type: ignore[import-untyped]  # no stubs exist
import orjson
import polars as pl

from features.ingest import reason, wearable
from features.ingest.account import IGNORED, MAPPED
from features.ingest.document import KEPT, Broken, Document, Long, Tape, documents
from features.ingest.person import ConsentRecord, Person
from features.ingest.reader import NO_RESOURCE, UNREADABLE, USED, Later, Place, Reader, Scope, kind_of
from features.ingest.release import R4_TYPES, later_element
from features.ingest.source import Trouble, blobs
from features.ingest.staging import Staging
from features.ingest.version import VERSION

HEAD = 1 << 16  # bytes that tell what a stream is
FLUSH = 100_000  # events
PEOPLE = 1_000
DEPTH = 20  # Bundles within Bundles
SOURCE = "fhir"
BLANK = b"\xef\xbb\xbf \t\r\n"
TYPE_IN_HEAD = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]{1,64})"')

People = Callable[[Sequence[Person]], None]
Consents = Callable[[Sequence[ConsentRecord]], None]


class _Spill:
    """Resources to be taken again, outside of memory and of any folder."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def put(self, value: Any) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._file.write(orjson.dumps(value) + b"\n")

    def drain(self) -> Iterator[Any]:
        if self._file is None:
            return
        self._file.seek(0)
        for line in self._file:
            yield orjson.loads(line)
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class Walk:
    """One read: what is open while files go by. `latest`: what ends after it is in the future."""

    def __init__(
        self, reader: Reader, staging: Staging, latest: datetime, people: People, consents: Consents
    ) -> None:
        self.reader = reader
        self.staging = staging
        self._latest = latest
        self._people = people
        self._consents = consents
        self._later = _Spill()  # waits for the end of the run
        self._waiting = _Spill()  # waits for the end of a streamed Bundle

    def file(self, path: Path, name: str, trouble: Trouble | None, advance: Callable[[int], None]) -> None:
        """Read one input file."""
        account = self.reader.account
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
        self.reader.final = True
        self._replay(self._later, {})
        self._flush(0, 0)

    def close(self) -> None:
        """Let go of what was set aside."""
        self._later.close()
        self._waiting.close()

    def _refuse(self, place: Place, trouble: Trouble) -> None:
        self.reader.meet(UNREADABLE)
        self.reader.refuse(place, UNREADABLE, None, trouble.why, trouble.raw)

    def _blob(self, tape: Tape, place: Place) -> Trouble | None:
        head = tape.fill(HEAD)
        if not head:
            return Trouble(tape.trouble or reason.EMPTY_FILE)
        if head.lstrip(BLANK)[:1] in (b"{", b"["):
            for document in documents(tape):
                self._document(document, place)
        elif wearable.is_feed(head):
            trouble = self._feed(tape, place)
            if trouble:
                return trouble
        else:
            return Trouble(reason.NOT_RECORDS, head[:KEPT])
        return Trouble(tape.trouble) if tape.trouble else None

    def _feed(self, tape: Tape, place: Place) -> Trouble | None:
        account, kind = self.reader.account, wearable.TYPE
        head, base = tape.buffer[:4096], self.reader.number
        for batch in wearable.batches(tape, self.reader.subject, self._latest):
            if isinstance(batch, str):
                return Trouble(batch, head)
            self.reader.meet(kind, batch.rows)
            events = batch.events.with_columns(pl.col(VERSION) + base)
            self.staging.frame(events)
            self.reader.number = max(self.reader.number, _last(events))
            account.events += batch.events.height
            account.outcomes[(kind, MAPPED, "")] += batch.mapped
            if batch.empty:
                account.outcomes[(kind, IGNORED, reason.NOTHING_MEASURED)] += batch.empty
            for line, why, raw in batch.bad:
                self.reader.refuse((*place[:2], line, None), kind, None, why, raw)
        return None

    def _document(self, document: Document, place: Place) -> None:
        place = (*place[:2], document.line, None)
        if isinstance(document, Broken):
            self.reader.meet(UNREADABLE)
            self.reader.refuse(place, UNREADABLE, None, document.why, document.raw)
        elif isinstance(document, Long):
            self._long(document, place)
        elif isinstance(document.value, list):
            for number, value in enumerate(document.value, 1):
                self._value(value, (*place[:3], number), Scope(), None)
        else:
            self._value(document.value, place, Scope(), None)
        self._flush(FLUSH, PEOPLE)

    def _value(self, value: Any, place: Place, scope: Scope, url: str | None) -> None:
        """A resource, or a Bundle with its entries."""
        if type(value) is dict and value.get("resourceType") == "Bundle":
            self._bundle(value, place, scope)
            return
        self.reader.meet(kind_of(value))
        self.reader.learn(value, url, scope)
        self._take(value, place, scope, url)

    def _bundle(self, bundle: dict[str, Any], place: Place, outer: Scope) -> None:
        scope = Scope(
            dict(outer.patients), outer.open, outer.later_release or later_element(bundle, "Bundle")
        )
        entries = bundle.get("entry") or ()
        before = f"{place[3]}." if place[3] else ""
        if before.count(".") > DEPTH:
            self.reader.meet("Bundle")
            self.reader.refuse(place, "Bundle", None, reason.SHAPE, None)
            return
        if type(entries) is not list or not all(type(entry) is dict for entry in entries):
            if entries:
                self.reader.meet("Bundle")
                self.reader.refuse(place, "Bundle", None, reason.SHAPE, bundle)
            return
        for entry in entries:
            self.reader.learn(entry.get("resource"), entry.get("fullUrl"), scope)
        for number, entry in enumerate(entries, 1):
            self._entry(entry, (*place[:3], f"{before}{number}" if before else number), scope)

    def _entry(self, entry: dict[str, Any], place: Place, scope: Scope) -> None:
        resource = entry.get("resource")
        if resource is None:
            self.reader.meet(NO_RESOURCE)
            method = (entry.get("request") or {}).get("method")
            if method == "DELETE":
                self.reader.refuse(place, NO_RESOURCE, None, reason.DELETION, entry)
            else:
                self.reader.skip(NO_RESOURCE, reason.NO_RESOURCE)
        elif type(resource) is dict and resource.get("resourceType") == "Bundle":
            self._bundle(resource, place, scope)
        else:
            self.reader.meet(kind_of(resource))
            self._take(resource, place, scope, entry.get("fullUrl"))

    def _take(self, resource: Any, place: Place, scope: Scope, url: str | None) -> None:
        try:
            self.reader.take(resource, place, scope, url)
        except Later:
            reference = (resource.get("subject") or resource.get("patient") or {}).get("reference")
            known = {reference: scope.patients[reference]} if reference in scope.patients else {}
            spill = self._waiting if scope.open else self._later
            spill.put([*place, resource, known, url])

    def _long(self, document: Long, place: Place) -> None:
        """Stream a document that is too long to load, or too broken to parse whole: entries up to
        the break are good."""
        scope = Scope(open=True)
        self._waiting = _Spill()
        bare = document.head.lstrip(BLANK).startswith(b"[")
        number = 0
        broken = False
        try:
            entries = ijson.items(document.source, "item" if bare else "entry.item", use_float=True)
            for number, entry in enumerate(entries, 1):
                if bare:
                    self._value(entry, (*place[:3], number), scope, None)
                elif type(entry) is dict:
                    self.reader.learn(entry.get("resource"), entry.get("fullUrl"), scope)
                    self._entry(entry, (*place[:3], number), scope)
                else:
                    self.reader.meet(UNREADABLE)
                    self.reader.refuse((*place[:3], number), UNREADABLE, None, reason.NOT_AN_OBJECT, entry)
                self._flush(FLUSH, PEOPLE)
        except ijson.JSONError:
            broken = True
        self._replay(self._waiting, scope.patients)
        if broken:
            self.reader.meet(UNREADABLE)
            at = document.broken or place[2]
            self.reader.refuse(
                (*place[:2], at, number + 1), UNREADABLE, None, reason.BROKEN_JSON, document.head
            )
        elif not number:
            self._single(document, place)

    def _replay(self, spill: _Spill, patients: dict[str, str]) -> None:
        for *place, resource, known, url in spill.drain():
            self._take(resource, tuple(place), Scope({**patients, **known}), url)
            self._flush(FLUSH, PEOPLE)

    def _single(self, document: Long, place: Place) -> None:
        """A long document without entries: one resource, or an empty Bundle."""
        found = TYPE_IN_HEAD.search(document.head)
        kind = found[1].decode() if found else ""
        if kind == "Bundle" and not document.broken:
            return  # it holds nothing
        self.reader.meet(kind if kind in R4_TYPES - USED and not document.broken else UNREADABLE)
        if document.broken:
            self.reader.refuse(place, UNREADABLE, None, reason.BROKEN_JSON, document.head)
        elif kind in R4_TYPES - USED:
            self.reader.skip(kind, reason.OTHER_TYPE)
        else:
            self.reader.refuse(place, UNREADABLE, None, reason.LONG_LINE, document.head)

    def _flush(self, events: int, people: int) -> None:
        reader = self.reader
        if len(reader.rows) > events:
            self.staging.rows(reader.rows, reader.versions, SOURCE)
            reader.account.events += len(reader.rows)
            reader.rows.clear()
            reader.versions.clear()
        if len(reader.persons) > people:
            reader.account.persons += len(reader.persons)
            self._people(tuple(reader.persons))
            reader.persons.clear()
        if len(reader.consents) > people:
            reader.account.consents += len(reader.consents)
            self._consents(tuple(reader.consents))
            reader.consents.clear()


def _last(events: pl.DataFrame) -> int:
    return int(events.select(pl.col(VERSION).max().fill_null(0)).item())
