"""A table in which codes are looked up: its keys → event codes, for the vocabularies that we know."""

import polars as pl

from features.ingest.concept import coded
from features.ingest.table.batch import Batch
from features.ingest.table.coding import SYSTEMS, Lookup
from features.ingest.table.header import header
from features.ingest.table.mapping import Lookup as Said
from features.ingest.table.parquet import MAGIC, Parquet
from features.ingest.table.rows import Rows
from features.ingest.table.text import Text, encoding_of
from features.ingest.tape import Tape

HEAD = 1 << 16


class LookupTable:
    """Reads its files and keeps what can become a code: about 60 bytes an entry."""

    def __init__(self, said: Said) -> None:
        self.said = said
        self._parts: list[pl.DataFrame] = []

    def read(self, tape: Tape) -> None:
        """Take one file; a file without the columns gives nothing."""
        said, head = self.said, tape.fill(HEAD)[:HEAD]
        wanted = [said.key, said.code, said.vocabulary]
        if head.startswith(MAGIC):
            with tape.file() as file:
                table = Parquet(file)
                if set(wanted) <= set(table.names):
                    for batch in table.batches(wanted):
                        self._take(batch)
            return
        encoding = encoding_of(head, None) or "windows-1252"
        text = Text(tape, encoding, head)
        names, mark = header(head.decode(encoding, "replace"), 1, said.delimiter, wanted)
        if set(wanted) <= set(names):
            for batch in Rows(text, names, wanted, mark, 1).batches():
                self._take(batch)

    def _take(self, batch: Batch) -> None:
        said = self.said
        known = pl.col(said.vocabulary).is_in(list(said.vocabularies))
        self._parts.append(
            batch.frame.filter(known).select(
                pl.col(said.key).cast(pl.String).alias("key"),
                pl.col(said.vocabulary)
                .replace_strict(dict(said.vocabularies), default=None)
                .alias("vocabulary"),
                pl.col(said.code).cast(pl.String).alias("code"),
            )
        )

    def ready(self) -> Lookup:
        """key → event code, or None."""
        if not self._parts:
            return lambda key: None
        table = pl.concat(self._parts).unique("key", keep="first").sort("key")
        keys, names, values = table["key"], table["vocabulary"], table["code"]

        def find(key: str) -> str | None:
            place = int(keys.search_sorted(key))
            if place >= len(keys) or keys[place] != key:
                return None
            return coded(SYSTEMS[names[place]], values[place])[1] or None

        return find
