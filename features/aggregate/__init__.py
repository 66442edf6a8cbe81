"""How the events that a row sees in a window become one number: the aggregates, by name."""

from features.aggregate.registry import AGGREGATES as AGGREGATES
