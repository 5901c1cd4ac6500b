"""Short programs that use installed libraries through bindings made from their headers."""
