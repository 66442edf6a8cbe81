"""Tables: CSV, TSV, XLSX and Parquet to events, by a mapping file that the clinic writes."""
