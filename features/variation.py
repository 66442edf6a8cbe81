"""How much a healthy person's value varies by itself: the data of reference change values.

`within` is CVI, the within-subject biological variation, and `analytical` CVA, that of a measurement,
both in %. Where a laboratory's own CVA is not known the desirable specification stands, half of CVI
(Fraser, Petersen: Clin Chem 1993;39:1447), or what the study of CVI itself measured where that is more.
Reference change values: Fraser, Harris: Crit Rev Clin Lab Sci 1989;27:409. `skewed` analytes are judged on
the logarithm (Fokkema et al., Clin Chem 2006;52:1602, doi:10.1373/clinchem.2006.069369).

All figures are from journal articles; none is from the EFLM Biological Variation Database, whose terms
restrict copying. Those marked "not checked" are listed in docs/unverified.md.
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


def _observed(group: CodeGroup, total: float, source: str, *, skewed: bool = False) -> tuple[str, Variation]:
    """Of a published variation with the error of the measurement in it: half of it stands for the
    analytical part, and the squares of both parts add up to it."""
    return _of(group, total * 0.75**0.5, source, analytical=total / 2, skewed=skewed)


_DIABETES = (
    "meta-analysis: Ricós et al., Adv Lab Med 2020;1:20200029, doi:10.1515/almed-2020-0029 (glycated "
    "albumin, glucose, HbA1c)"
)
_EUBIVAS = (
    "EuBIVAS, 91 healthy adults, weekly for 10 weeks: Aarsand et al., Clin Chem 2018;64:1380, "
    "doi:10.1373/clinchem.2018.288415; table 2 of Carobene et al., Clin Chem Lab Med 2022;60:505"
)
_CREATININE = (
    "EuBIVAS, enzymatic method: Carobene et al., Clin Chem 2017;63:1527, doi:10.1373/clinchem.2017.275115"
)
_ENZYMES = "EuBIVAS: Carobene et al., Clin Chem 2017;63:1141, doi:10.1373/clinchem.2016.269811"
_CRP = "EuBIVAS, without mild inflammation: Carobene et al., Clin Chem 2019;65:1031, doi:10.1373/clinchem.2019.304618"
_THYROID = "EuBIVAS: Bottani et al., Clin Chem Lab Med 2022;60:523, doi:10.1515/cclm-2020-1885"
_BLOOD = "meta-analysis: Coşkun et al., Clin Chem Lab Med 2020;58:25, doi:10.1515/cclm-2019-0658"
_PLATELETS = "Coşkun et al., Clin Chem Lab Med 2018;56:1309, doi:10.1515/cclm-2017-1155"
_QUER = (
    "about 3 /min from day to day at a mean of 65.5: Quer et al., PLoS One 2020;15:e0227709, 92,457 people "
    "with a wrist device; the spread within a person not checked against the paper"
)
_BELLENGER = (
    "5.4 % of ln RMSSD from night to night, about 22 % of RMSSD at 50 to 60 ms: Bellenger et al., Sensors "
    "2022;22:6723, doi:10.3390/s22186723; eleven athletes, others not checked"
)
_WARREN = (
    "office pressure six weeks apart: Warren et al., Br J Gen Pract 2010;60:675, doi:10.3399/bjgp10X515403, "
    "163 adults at raised cardiovascular risk"
)

VARIATION: Mapping[str, Variation] = dict(
    (
        # CVA of HbA1c: half of 1.2 % is beyond routine methods; 2 % is taken for one (not checked).
        _of(codes.HBA1C, 1.2, _DIABETES, analytical=2.0),
        _of(codes.GLUCOSE, 5.0, _DIABETES),
        _of(codes.FASTING_GLUCOSE, 5.0, _DIABETES),
        _of(codes.TOTAL_CHOLESTEROL, 5.2, _EUBIVAS),
        _of(codes.LDL, 8.5, _EUBIVAS),
        _of(codes.HDL, 5.7, _EUBIVAS),
        _of(codes.TRIGLYCERIDES, 19.8, _EUBIVAS, skewed=True),
        _of(codes.CREATININE, 4.4, _CREATININE),
        _of(codes.ALT, 9.3, _ENZYMES, analytical=6.7, skewed=True),
        _of(codes.HEMOGLOBIN, 2.7, _BLOOD),
        _of(lab.LEUKOCYTES, 10.0, _BLOOD),
        _of(lab.PLATELETS, 7.2, _PLATELETS),
        _of(lab.AST, 9.5, _ENZYMES, analytical=5.5, skewed=True),
        _of(lab.GGT, 8.9, _ENZYMES, analytical=8.7, skewed=True),
        _of(lab.UREA, 14.1, _EUBIVAS),
        _of(lab.URIC_ACID, 8.3, _EUBIVAS),
        _of(lab.SODIUM, 0.5, _EUBIVAS, analytical=0.4),
        _of(lab.POTASSIUM, 3.9, _EUBIVAS),
        _of(lab.TSH, 17.7, _THYROID, skewed=True),
        _of(lab.CRP, 29.4, _CRP, skewed=True),
        _observed(codes.RESTING_HEART_RATE, 4.5, _QUER),
        _observed(codes.RMSSD, 22.0, _BELLENGER, skewed=True),
        _observed(codes.SYSTOLIC, 8.6, _WARREN),
    )
)
