"""``python -m ferrocffi``."""
