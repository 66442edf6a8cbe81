"""Code groups by kind of record; the first of them, which models were trained on, are in features.codes."""
