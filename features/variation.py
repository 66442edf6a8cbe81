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
from features.group import lab


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
_LIPIDS = "meta-analysis: Díaz-Garzón et al., Clin Chim Acta 2019;495:467, as in the EFLM database"
_BLOOD = "meta-analysis: Coşkun et al., Clin Chem Lab Med 2019;58:25, as in the EFLM database"
_EFLM = "EFLM Biological Variation Database, meta-analyses of BIVAC-graded studies (biologicalvariation.eu)"
_QUER = "Quer et al., PLoS One 2020;15:e0227709: resting heart rate, 92,457 people with a wrist device"
_ALTINI = "Altini, Plews, Sensors 2021;21:8007: RMSSD, 28,175 people; rounded"
_STEVENS = "Stevens et al., BMJ 2016;354:i4098: variability of blood pressure between visits; rounded"

VARIATION: Mapping[str, Variation] = dict(
    (
        _of(codes.HBA1C, 1.2, _DIABETES, analytical=2.0),
        _of(codes.GLUCOSE, 5.0, _DIABETES),
        _of(codes.FASTING_GLUCOSE, 5.0, _DIABETES),
        _of(codes.TOTAL_CHOLESTEROL, 5.3, _LIPIDS),
        _of(codes.LDL, 8.3, _LIPIDS),
        _of(codes.HDL, 5.7, _LIPIDS),
        _of(codes.TRIGLYCERIDES, 19.7, _LIPIDS, skewed=True),
        _of(codes.CREATININE, 4.5, _EFLM),
        _of(codes.ALT, 10.1, _EFLM, skewed=True),
        _of(codes.HEMOGLOBIN, 2.7, _BLOOD),
        _of(lab.LEUKOCYTES, 11.1, _BLOOD),
        _of(lab.PLATELETS, 7.3, _BLOOD),
        _of(lab.AST, 9.6, _EFLM, skewed=True),
        _of(lab.GGT, 9.1, _EFLM, skewed=True),
        _of(lab.UREA, 13.9, _EFLM),
        _of(lab.URIC_ACID, 8.3, _EFLM),
        _of(lab.SODIUM, 0.5, _EFLM),
        _of(lab.POTASSIUM, 4.1, _EFLM),
        _of(lab.TSH, 17.7, _EFLM, skewed=True),
        _of(lab.CRP, 34.1, _EFLM, skewed=True),
        # From day to day; a device's own error is in it, so that half of it stands for the analytical one.
        _of(codes.RESTING_HEART_RATE, 4.5, _QUER),
        _of(codes.RMSSD, 25.0, _ALTINI, skewed=True),
        _of(codes.SYSTOLIC, 6.9, _STEVENS),
    )
)
