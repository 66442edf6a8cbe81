"""CDA R2: C-CDA summaries and Russian СЭМД documents."""
