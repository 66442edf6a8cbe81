"""How much a healthy person's value varies by itself: the data of reference change values.

`within` is CVI, the within-subject biological variation, and `analytical` CVA, that of a measurement,
both in %. Where a laboratory's own CVA is not known the desirable specification stands, half of CVI
(Fraser, Harris: Crit Rev Clin Lab Sci 1989;27:409). `skewed` analytes are judged on the logarithm
(Fokkema et al., Clin Chem Lab Med 2006;44:618).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from features import codes
from features.codes import CodeGroup


@dataclass(frozen=True)
class Variation:
    """CVI and CVA in %, and where CVI is from."""

    within: float
    analytical: float
    source: str
    skewed: bool = False


def _of(
    group: CodeGroup, within: float, source: str, *, analytical: float = 0.0, skewed: bool = False
) -> tuple[str, Variation]:
    return group.name, Variation(within, analytical or within / 2, source, skewed)


_DIABETES = "meta-analysis: Coskun et al., Crit Rev Clin Lab Sci 2023 (glycated albumin, glucose, HbA1c)"
_EFLM = "EFLM Biological Variation Database, meta-analyses of BIVAC-graded studies (biologicalvariation.eu)"

VARIATION: Mapping[str, Variation] = dict(
    (
        _of(codes.HBA1C, 1.2, _DIABETES, analytical=2.0),
        _of(codes.GLUCOSE, 5.0, _DIABETES),
        _of(codes.FASTING_GLUCOSE, 5.0, _DIABETES),
        _of(codes.TOTAL_CHOLESTEROL, 5.3, _EFLM),
        _of(codes.LDL, 8.3, _EFLM),
        _of(codes.HDL, 5.7, _EFLM),
        _of(codes.TRIGLYCERIDES, 19.7, _EFLM, skewed=True),
        _of(codes.CREATININE, 4.5, _EFLM),
        _of(codes.ALT, 10.1, _EFLM, skewed=True),
        _of(codes.HEMOGLOBIN, 2.7, _EFLM),
    )
)
