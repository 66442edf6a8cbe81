"""Timing models, one file each: when the next examination is worth taking."""
