"""What wearables and their clouds export."""
