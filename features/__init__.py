"""From clinical records, labs and wearables to events, and from events to features."""
