"""FHIR R4: resources, Bundles, bulk export."""
