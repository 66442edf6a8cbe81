"""Risk models, one file each: the probability of an outcome within a horizon."""
