"""Headers in, modules out."""
