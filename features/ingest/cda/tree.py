"""One XML document to a tree, in bounded memory and without anything that it could fetch or blow up.

A document type with entities is how XML reads files of the machine or fills its memory, and no CDA document
has one: any is refused before an entity can be used. What is only for reading (the text of a section, an
embedded picture or PDF) is dropped while it comes, so that a document may be long.
"""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element  # only the values; the parser below refuses entities
from xml.parsers import expat

from features.ingest import reason
from features.ingest.reason import Unusable
from features.ingest.tape import CHUNK, LIMIT, Source

V3, SDTC = "urn:hl7-org:v3", "urn:hl7-org:sdtc"
TYPE = "type"  # xsi:type, without its prefix
LONG = 64 << 20  # bytes of one document, with what is embedded
DEPTH, ELEMENTS = 100, 400_000
READ = {("section", "text"), ("nonXMLBody", "text"), ("observationMedia", "value")}  # by people alone
LINED = frozenset({"entry", "component", "recordTarget"})


class Broken(Unusable):
    """The document cannot be parsed; `line` is where."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why)
        self.line = line


@dataclass
class Tree:
    """A document, and at which line its entries are."""

    root: Element
    lines: dict[Element, int] = field(default_factory=dict)


def tree(source: Source) -> Tree:
    """The tree of a document. Names of HL7 v3 are without a namespace, those of its extension by the US
    realm begin with `sdtc:`.

    Raises:
        Broken: it is no well-formed XML, has a document type, or is too long or too deep.
    """
    return _Builder().build(source)


class _Builder:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._open: list[Element] = []
        self._root: Element | None = None
        self._lines: dict[Element, int] = {}
        self._count = self._kept = 0
        self._dropped = 0  # how deep in what is dropped

    def build(self, source: Source) -> Tree:
        size = 0
        try:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > LONG:
                    raise Broken(reason.LONG_DOCUMENT)
                self._parser.Parse(chunk, False)
            self._parser.Parse(b"", True)
        except Broken:
            raise
        except expat.ExpatError as error:
            known = expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]
            unknown = error.code == known
            raise Broken(reason.XML_ENCODING if unknown else reason.BROKEN_XML, error.lineno) from None
        except (LookupError, UnicodeError, ValueError):  # an encoding that Python does not have or use here
            raise Broken(reason.XML_ENCODING) from None
        if self._root is None:
            raise Broken(reason.BROKEN_XML)
        return Tree(self._root, self._lines)

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise Broken(reason.DOCTYPE, self._parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._dropped:
            self._dropped += 1
            return
        tag = _local(name)
        if self._open and (self._open[-1].tag, tag) in READ:
            self._dropped = 1
            return
        self._count += 1
        if self._count > ELEMENTS or len(self._open) >= DEPTH:
            raise Broken(reason.LONG_DOCUMENT, self._parser.CurrentLineNumber)
        element = Element(tag, {_attribute(key): value for key, value in attributes.items()})
        if TYPE in element.attrib:
            element.set(TYPE, element.attrib[TYPE].rpartition(":")[2])
        if tag in LINED:
            self._lines[element] = self._parser.CurrentLineNumber
        if self._open:
            self._open[-1].append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        if self._dropped:
            self._dropped -= 1
            return
        self._open.pop()

    def _text(self, data: str) -> None:
        if self._dropped or data.isspace():
            return
        self._kept += len(data)
        if self._kept > LIMIT:
            raise Broken(reason.LONG_DOCUMENT, self._parser.CurrentLineNumber)
        element = self._open[-1]
        if not len(element):  # what stands between elements says nothing
            element.text = (element.text or "") + data


def _local(name: str) -> str:
    space, _, local = name.rpartition(" ")
    if space == V3:
        return local
    return f"sdtc:{local}" if space == SDTC else f"{{{space}}}{local}"


def _attribute(name: str) -> str:
    return name.rpartition(" ")[2]
