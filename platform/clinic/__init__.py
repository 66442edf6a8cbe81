"""The clinic's own services; one folder a service."""
