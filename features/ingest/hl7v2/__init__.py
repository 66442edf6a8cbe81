"""HL7 v2 messages (2.3 to 2.8), in files, in batches or as they came over MLLP."""
