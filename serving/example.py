"""Examples for the pages of the API: a made-up record, and what the product answers."""

from typing import Any

BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "resource": {
                "resourceType": "Patient",
                "id": "example",
                "gender": "female",
                "birthDate": "1971-03-14",
            }
        },
        {
            "resource": {
                "resourceType": "Condition",
                "id": "c1",
                "subject": {"reference": "Patient/example"},
                "code": {
                    "coding": [
                        {
                            "system": "http://hl7.org/fhir/sid/icd-10",
                            "code": "I10",
                            "display": "Эссенциальная [первичная] гипертензия",
                        }
                    ]
                },
                "recordedDate": "2021-09-02",
            }
        },
        {
            "resource": {
                "resourceType": "Observation",
                "id": "o1",
                "status": "final",
                "subject": {"reference": "Patient/example"},
                "code": {"coding": [{"system": "http://loinc.org", "code": "22748-8"}]},
                "effectiveDateTime": "2025-05-20T08:10:00Z",
                "valueQuantity": {
                    "value": 4.1,
                    "unit": "mmol/L",
                    "system": "http://unitsofmeasure.org",
                    "code": "mmol/L",
                },
            }
        },
    ],
}

SUBJECT = "4410972051389741056"
TIME = "2026-11-25T07:30:00Z"
AS_OF = "2026-10-02T08:15:00Z"

RECOMMENDATIONS: dict[str, Any] = {
    "subject_id": SUBJECT,
    "prediction_time": TIME,
    "data_as_of": AS_OF,
    "language": "ru",
    "recommendations": [
        {
            "examination": "lipid_panel",
            "title": "Анализ крови на холестерин",
            "due": "2027-02-23",
            "overdue": False,
            "last_done": "2026-05-20",
            "priority": 35,
            "basis": "model",
            "probability": 0.31,
            "reasons": [
                {
                    "feature": None,
                    "text": "К 23.02.2027 вероятность отклонения в результате, если считать от прошлого анализа, "
                    "достигает 31 %: поэтому срок личный.",
                    "value": None,
                    "unit": None,
                    "contribution": None,
                },
                {
                    "feature": "ldl_cholesterol_last_2y",
                    "text": "Холестерин ЛПНП, последний за 2 года: 4,1 ммоль/л — повышает вероятность отклонения",
                    "value": 4.1,
                    "unit": "mmol/L",
                    "contribution": 0.62,
                },
            ],
            "rule": {
                "id": "lipid_panel",
                "source": "приказ Минздрава России от 27.04.2021 № 404н, п. 16 подп. 4",
            },
            "model": {"name": "lipid_panel_due", "version": "9f3c2a71"},
        }
    ],
    "notes": [],
}

RISKS: dict[str, Any] = {
    "subject_id": SUBJECT,
    "prediction_time": TIME,
    "data_as_of": AS_OF,
    "language": "ru",
    "risks": [
        {
            "outcome": "ICD10//E11",
            "title": "Сахарный диабет 2 типа за 2 года",
            "probability": 0.083,
            "when_days": 730,
            "reasons": [
                {
                    "feature": "hba1c_last_2y",
                    "text": "Гликированный гемоглобин, последний за 2 года: 6,1 % — повышает риск",
                    "value": 6.1,
                    "unit": "%",
                    "contribution": 0.91,
                }
            ],
            "base": -3.214,
            "other": -0.098,
            "not_given": None,
            "model": {"name": "type2_diabetes_2y", "version": "51be0d94"},
        }
    ],
}

SIMILAR: dict[str, Any] = {
    "subject_id": SUBJECT,
    "prediction_time": TIME,
    "cases": [
        {
            "case": "5b0e4a52-6d0c-4c58-9a44-0d1c9f6f8f11",
            "similarity": 0.78,
            "sex": "F",
            "age_band": "55-59",
            "shared": ["ATC//C10AA05", "ICD10//I10"],
        }
    ],
    "notes": [],
}
