"""UCUM, the unified code for units of measure: read, brought to base units, converted, named."""
