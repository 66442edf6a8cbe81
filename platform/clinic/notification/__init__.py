"""Reminders: who gets a letter, what it says, and the ledger of what was sent and why not."""
