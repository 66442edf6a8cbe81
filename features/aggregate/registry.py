"""The aggregates by the name that declarations use."""

from collections.abc import Callable, Mapping

from features.aggregate import event, rhythm, set_point, value
from features.aggregate.part import Part
from features.aggregate.series import Floats
from features.feature import Aggregate, Feature
from features.window import Back

Aggregation = Callable[[Part, Feature], Floats]


def _plain(of: Callable[[Part], Floats]) -> Aggregation:
    """An aggregate that needs nothing from the declaration but its part."""
    return lambda part, feature: of(part)


def _coverage(part: Part, feature: Feature) -> Floats:
    """Share of the window's days (of 24 hours) with a value."""
    assert isinstance(feature.window, Back)  # the declaration sees to it
    return event.days(part) / (feature.window.days - feature.window.until_days)


AGGREGATES: Mapping[Aggregate, Aggregation] = {
    "age_at_first": _plain(event.age_at_first),
    "age_at_last": _plain(event.age_at_last),
    "any": _plain(event.some),
    "arv": _plain(value.arv),
    "calendar_days": _plain(event.calendar_days),
    "clock_mean": _plain(rhythm.clock_mean),
    "clock_std": _plain(rhythm.clock_std),
    "count": _plain(event.count),
    "coverage": _coverage,
    "cv": _plain(value.cv),
    "days": _plain(event.days),
    "days_since_first": _plain(event.days_since_first),
    "days_since_last": _plain(event.days_since_last),
    "days_since_value": _plain(event.days_since_last),
    "distinct": _plain(event.distinct),
    "first": _plain(value.first),
    "fraction_above": value.fraction,
    "fraction_below": value.fraction,
    "fraction_within": value.fraction,
    "hour_mean": _plain(rhythm.hour_mean),
    "hour_std": _plain(rhythm.hour_std),
    "last": _plain(value.last),
    "last_change": _plain(value.last_change),
    "last_minus_median": _plain(value.last_minus_median),
    "longest_gap": _plain(rhythm.longest_gap),
    "mad": _plain(value.mad),
    "max": _plain(value.highest),
    "mean": _plain(value.mean),
    "median": _plain(value.median),
    "median_gap": _plain(rhythm.median_gap),
    "min": _plain(value.lowest),
    "present": _plain(event.some),
    "quantile": value.quantile,
    "range": _plain(value.spread),
    "rcv_change": set_point.rcv_change,
    "rcv_direction": set_point.rcv_direction,
    "set_point": set_point.set_point,
    "set_point_spread": set_point.set_point_spread,
    "set_point_z": set_point.set_point_z,
    "slope": value.slope,
    "std": _plain(value.std),
    "sum": _plain(value.total),
    "value_count": _plain(event.count),
    "value_days": _plain(event.calendar_days),
    "years_since_last": _plain(event.years_since_last),
}
