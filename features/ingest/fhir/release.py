"""What belongs to FHIR R4 and what gives away a later release."""

from collections.abc import Mapping
from typing import Any

# Resource types of FHIR R4 (4.0.1), https://hl7.org/fhir/R4/resourcelist.html
_R4 = """
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent
    Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam
    CatalogEntry ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem
    Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent
    Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device
    DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest
    DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse
    EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
    FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy
    Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan
    Invoice Library Linkage List Location Measure MeasureReport Media Medication
    MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement
    MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
    MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem
    NutritionOrder Observation ObservationDefinition OperationDefinition OperationOutcome Organization
    OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition
    Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson
    RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject
    RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen
    SpecimenDefinition StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid
    SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial
    SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport
    TestScript ValueSet VerificationResult VisionPrescription
"""
R4_TYPES = frozenset(_R4.split())

# Elements that R5 brought into the types that we map and that R4 does not have under this name.
_R5_ELEMENTS = {
    "Encounter": frozenset(
        {"actualPeriod", "plannedStartDate", "plannedEndDate", "admission", "subjectStatus", "reason"}
    ),
    "MedicationRequest": frozenset({"medication", "reason", "renderedDosageInstruction", "statusChanged"}),
    "MedicationStatement": frozenset({"medication", "reason", "adherence", "renderedDosageInstruction"}),
    "Procedure": frozenset(
        {
            "occurrenceDateTime",
            "occurrencePeriod",
            "occurrenceString",
            "occurrenceAge",
            "occurrenceRange",
            "occurrenceTiming",
            "reason",
            "recorded",
            "reportedBoolean",
            "reportedReference",
        }
    ),
    "Immunization": frozenset({"administeredProduct", "informationSource", "reason"}),
    "Condition": frozenset({"participant"}),
    "Observation": frozenset({"triggeredBy", "bodyStructure", "instantiatesCanonical"}),
    "DiagnosticReport": frozenset({"note", "supportingInfo", "composition"}),
    "AllergyIntolerance": frozenset({"participant"}),
    "Consent": frozenset({"subject", "decision", "grantor", "regulatoryBasis", "policyText"}),
    "Bundle": frozenset({"issues"}),
}
_NONE: frozenset[str] = frozenset()


def later_element(resource: Mapping[str, Any], kind: str) -> str | None:
    """An R5 element of `resource`, such as `Encounter.actualPeriod`; None if it may be R4."""
    found = _R5_ELEMENTS.get(kind, _NONE) & resource.keys()
    if found:
        return f"{kind}.{min(found)}"
    if kind == "Encounter" and isinstance(resource.get("class"), list):
        return "Encounter.class as a list"
    if kind == "AllergyIntolerance" and isinstance(resource.get("type"), dict):
        return "AllergyIntolerance.type as a concept"
    if kind == "Consent" and isinstance(resource.get("provision"), list):
        return "Consent.provision as a list"
    if kind == "CapabilityStatement" and str(resource.get("fhirVersion", "4")) >= "4.2":
        return "CapabilityStatement.fhirVersion"
    return None
