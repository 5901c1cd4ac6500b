"""The project's own tools: environments, wheels, checks. Run them as ``python3 -m ci.<name>``."""
