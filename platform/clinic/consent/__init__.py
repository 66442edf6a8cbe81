"""What patients allowed and refused, and when."""
