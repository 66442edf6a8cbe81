"""The base of every error whose message is meant for the person at the keyboard."""


class Problem(Exception):
    """Something that the user can mend. The message says what is wrong and what to do, and never
    holds a name, a contact or a value from a record."""
