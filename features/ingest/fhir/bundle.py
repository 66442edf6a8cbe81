"""What lies in FHIR documents: Bundles and their entries, handed to the reader one by one."""

import re
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import ijson  # type: ignore[import-untyped]  # no stubs exist
import orjson

from features.ingest import reason
from features.ingest.encoding import Recoded, utf16
from features.ingest.fhir.document import Broken, Document, Long, documents, why
from features.ingest.fhir.reader import NO_RESOURCE, USED, Later, Reader, Scope, kind_of
from features.ingest.fhir.release import R4_TYPES, later_element
from features.ingest.intake import UNREADABLE, Intake
from features.ingest.quarantine import Place
from features.ingest.source import Trouble
from features.ingest.tape import Source, Tape

SLICE = 4096  # bytes; within so many, brackets that open and close again are counted as open
LEVELS = 20_000
DEPTH = 20  # Bundles within Bundles
BLANK = b"\xef\xbb\xbf \t\r\n"
TYPE_IN_HEAD = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]{1,64})"')


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


class _Shallow:
    """A source that breaks off where JSON is nested deeper than any record, for the streaming parser
    needs memory for every level. Brackets within texts count too: they balance, or are few."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._depth = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes.

        Raises:
            ijson.JSONError: they go too deep.
        """
        found = self._source.read(size)
        for start in range(0, len(found), SLICE):
            part = found[start : start + SLICE]
            opened = part.count(b"[") + part.count(b"{")
            if opened and self._depth + opened > LEVELS:
                raise ijson.JSONError(reason.DEEP)
            self._depth = max(0, self._depth + opened - part.count(b"]") - part.count(b"}"))
        return found


class Fhir:
    """FHIR R4 as Bundle, resource or NDJSON: the format; one a run, for files point to each other."""

    source = "fhir"
    expected = "FHIR R4 as Bundle JSON, resource JSON or NDJSON"

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._reader = Reader(intake)
        self._later = _Spill()  # waits for the end of the run
        self._waiting = _Spill()  # waits for the end of a streamed Bundle

    def recognises(self, head: bytes, name: str) -> bool:
        """JSON of any kind: another format that is JSON comes before this one."""
        codec = utf16(head)
        start = head.decode(codec, "ignore").encode()[:64] if codec else head
        return start.lstrip(BLANK)[:1] in (b"{", b"[")

    def read(self, tape: Tape, place: Place) -> Trouble | None:
        """Read one stream of documents, in UTF-8 or in UTF-16 with its mark."""
        codec = utf16(tape.fill(2))
        source = Recoded(tape, codec) if codec else None
        for document in documents(Tape(source) if source else tape):
            self._document(document, place)
        return Trouble(reason.NOT_UTF16) if source and source.broken else None

    def finish(self) -> None:
        """Take what waited for the end."""
        self._reader.final = True
        self._replay(self._later, Scope())

    def close(self) -> None:
        """Let go of what was set aside."""
        self._later.close()
        self._waiting.close()

    def _document(self, document: Document, place: Place) -> None:
        place = (*place[:2], document.line, None)
        if isinstance(document, Broken):
            self._intake.meet(UNREADABLE)
            self._intake.refuse(place, UNREADABLE, None, document.why, document.raw)
        elif isinstance(document, Long):
            self._long(document, place)
        elif isinstance(document.value, list):
            for number, value in enumerate(document.value, 1):
                self._value(value, (*place[:3], number), Scope(), None)
        else:
            self._value(document.value, place, Scope(), None)
        self._intake.flush()

    def _value(self, value: Any, place: Place, scope: Scope, url: str | None) -> None:
        """A resource, or a Bundle with its entries."""
        if type(value) is dict and value.get("resourceType") == "Bundle":
            self._bundle(value, place, scope)
            return
        self._intake.meet(kind_of(value))
        self._reader.learn(value, url, scope)
        self._take(value, place, scope, url)

    def _bundle(self, bundle: dict[str, Any], place: Place, outer: Scope) -> None:
        scope = Scope(
            dict(outer.patients),
            outer.open,
            outer.later_release or later_element(bundle, "Bundle"),
            dict(outer.wholes),
        )
        entries = bundle.get("entry") or ()
        before = f"{place[3]}." if place[3] else ""
        if before.count(".") > DEPTH:
            self._intake.meet("Bundle")
            self._intake.refuse(place, "Bundle", None, reason.SHAPE, None)
            return
        if type(entries) is not list or not all(type(entry) is dict for entry in entries):
            if entries:
                self._intake.meet("Bundle")
                self._intake.refuse(place, "Bundle", None, reason.SHAPE, bundle)
            return
        for entry in entries:
            self._reader.learn(entry.get("resource"), entry.get("fullUrl"), scope)
        for number, entry in enumerate(entries, 1):
            self._entry(entry, (*place[:3], f"{before}{number}" if before else number), scope)

    def _entry(self, entry: dict[str, Any], place: Place, scope: Scope) -> None:
        resource = entry.get("resource")
        if resource is None:
            self._intake.meet(NO_RESOURCE)
            method = (entry.get("request") or {}).get("method")
            if method == "DELETE":
                self._intake.refuse(place, NO_RESOURCE, None, reason.DELETION, entry)
            else:
                self._intake.skip(NO_RESOURCE, reason.NO_RESOURCE)
        elif type(resource) is dict and resource.get("resourceType") == "Bundle":
            self._bundle(resource, place, scope)
        else:
            self._intake.meet(kind_of(resource))
            self._take(resource, place, scope, entry.get("fullUrl"))

    def _take(self, resource: Any, place: Place, scope: Scope, url: str | None) -> None:
        try:
            self._reader.take(resource, place, scope, url)
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
            entries = ijson.items(_Shallow(document.source), "item" if bare else "entry.item", use_float=True)
            for number, entry in enumerate(entries, 1):
                if bare:
                    self._value(entry, (*place[:3], number), scope, None)
                elif type(entry) is dict:
                    self._reader.learn(entry.get("resource"), entry.get("fullUrl"), scope)
                    self._entry(entry, (*place[:3], number), scope)
                else:
                    self._intake.meet(UNREADABLE)
                    self._intake.refuse((*place[:3], number), UNREADABLE, None, reason.NOT_AN_OBJECT, entry)
                self._intake.flush()
        except ijson.JSONError:
            broken = True
        self._replay(self._waiting, scope)
        if broken:
            self._intake.meet(UNREADABLE)
            at = document.broken or place[2]
            self._intake.refuse(
                (*place[:2], at, number + 1), UNREADABLE, None, why(document.head), document.head
            )
        elif not number:
            self._single(document, place)

    def _replay(self, spill: _Spill, scope: Scope) -> None:
        for *place, resource, known, url in spill.drain():
            self._take(resource, tuple(place), Scope({**scope.patients, **known}, wholes=scope.wholes), url)
            self._intake.flush()

    def _single(self, document: Long, place: Place) -> None:
        """A long document without entries: one resource, or an empty Bundle."""
        found = TYPE_IN_HEAD.search(document.head)
        kind = found[1].decode() if found else ""
        if kind == "Bundle" and not document.broken:
            return  # it holds nothing
        self._intake.meet(kind if kind in R4_TYPES - USED and not document.broken else UNREADABLE)
        if document.broken:
            self._intake.refuse(place, UNREADABLE, None, why(document.head), document.head)
        elif kind in R4_TYPES - USED:
            self._intake.skip(kind, reason.OTHER_TYPE)
        else:
            self._intake.refuse(place, UNREADABLE, None, reason.LONG_LINE, document.head)
