"""Wiring: the `smartclinic` command and the Prefect flow. No logic of its own."""
