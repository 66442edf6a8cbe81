"""Small CDA documents: a C-CDA summary and a Russian laboratory protocol, with people that do not exist."""

from __future__ import annotations

import pytest

LOINC, SNOMED, ICD10CM = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.90"
RXNORM, CVX, ACT = "2.16.840.1.113883.6.88", "2.16.840.1.113883.12.292", "2.16.840.1.113883.5.4"
MKB, NMU, FSLI = "1.2.643.5.1.13.13.11.1005", "1.2.643.5.1.13.13.11.1070", "1.2.643.5.1.13.13.11.1080"
CCDA = "2.16.840.1.113883.10.20.22.4"
RECORD = "1.2.3.4"  # the system of the record numbers of these documents
PATIENT = f"{RECORD}|p1"


class Documents:
    """Parts of CDA documents as text; keyword arguments replace what is inside."""

    def document(self, *sections: str, **changes: str) -> str:
        """A whole document around `sections`."""
        part = {
            "id": '<id root="9.9.9" extension="d1"/>',
            "set": "",
            "time": '<effectiveTime value="20240507093000+0300"/>',
            "ids": f'<id root="{RECORD}" extension="p1"/>',
            "names": '<name use="L"><given>Пётр</given><given>Ильич</given><family>Соловьёв</family></name>',
            "birth": '<birthTime value="19700302"/>',
            "sex": '<administrativeGenderCode code="M" codeSystem="2.16.840.1.113883.5.1"/>',
            "more": "",
            "visit": "",
            "declaration": '<?xml version="1.0" encoding="UTF-8"?>',
            "doctype": "",
            "body": "<structuredBody>"
            + "".join(f"<component>{s}</component>" for s in sections)
            + "</structuredBody>",
            **changes,
        }
        return (
            f"{part['declaration']}{part['doctype']}"
            '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"{part['id']}<title>Выписка</title>{part['time']}{part['set']}"
            f"<recordTarget><patientRole>{part['ids']}"
            '<telecom value="tel:+70000000001"/><telecom value="mailto:p1@example.org"/>'
            f"<patient>{part['names']}{part['sex']}{part['birth']}{part['more']}</patient>"
            '<providerOrganization><id root="5.5.5"/></providerOrganization></patientRole></recordTarget>'
            "<custodian><assignedCustodian><representedCustodianOrganization>"
            '<id root="7.7.7"/></representedCustodianOrganization></assignedCustodian></custodian>'
            f"{part['visit']}<component>{part['body']}</component></ClinicalDocument>"
        )

    @staticmethod
    def section(code: str, *entries: str) -> str:
        inner = "".join(f"<entry>{entry}</entry>" for entry in entries)
        return f'<section><code code="{code}" codeSystem="{LOINC}"/><text>Соловьёв, 5 июня</text>{inner}</section>'

    @staticmethod
    def code(system: str, code: str, *translations: str, tag: str = "code", attributes: str = "") -> str:
        inside = "".join(translations)
        return f'<{tag} code="{code}" codeSystem="{system}" {attributes}>{inside}</{tag}>'

    def result(self, loinc: str = "4548-4", value: str | None = None, **changes: str) -> str:
        """An observation with a value."""
        part = {
            "code": self.code(LOINC, loinc),
            "status": '<statusCode code="completed"/>',
            "time": '<effectiveTime value="20240506100000+0300"/>',
            "value": value or '<value xsi:type="PQ" value="6.5" unit="%"/>',
            "attributes": 'classCode="OBS" moodCode="EVN"',
            "inside": "",
            **changes,
        }
        return (
            f"<observation {part['attributes']}>{part['inside']}{part['code']}{part['status']}{part['time']}"
            f"{part['value']}</observation>"
        )

    @staticmethod
    def panel(*results: str) -> str:
        inner = "".join(f"<component>{result}</component>" for result in results)
        return (
            f'<organizer classCode="BATTERY" moodCode="EVN"><statusCode code="completed"/>{inner}</organizer>'
        )

    def problem(
        self, value: str, time: str = '<effectiveTime><low value="20200110"/></effectiveTime>'
    ) -> str:
        """A concern about one problem."""
        inside = f'<templateId root="{CCDA}.4"/>'
        observation = self.result(code=self.code(SNOMED, "55607006"), time=time, value=value, inside=inside)
        return (
            f'<act classCode="ACT" moodCode="EVN"><templateId root="{CCDA}.3"/><code code="CONC"/>'
            f'<statusCode code="active"/><entryRelationship typeCode="SUBJ">{observation}</entryRelationship></act>'
        )

    @staticmethod
    def given(
        code: str, mood: str = "EVN", status: str = "active", attributes: str = "", time: str | None = None
    ) -> str:
        """A drug or a vaccine."""
        when = (
            '<effectiveTime xsi:type="IVL_TS"><low value="20210405"/></effectiveTime>'
            if time is None
            else time
        )
        return (
            f'<substanceAdministration classCode="SBADM" moodCode="{mood}" {attributes}>'
            f'<statusCode code="{status}"/>{when}'
            f"<consumable><manufacturedProduct><manufacturedMaterial>{code}</manufacturedMaterial>"
            "</manufacturedProduct></consumable></substanceAdministration>"
        )


@pytest.fixture
def documents() -> Documents:
    """Makes CDA documents."""
    return Documents()
