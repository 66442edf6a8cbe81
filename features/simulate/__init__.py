"""A cohort that never lived: records to run the whole loop on, with the truth kept beside them."""

from features.simulate.cohort import Summary, simulate

__all__ = ["Summary", "simulate"]
