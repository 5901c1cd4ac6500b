"""The CData family: ownership, operators, attributes, reprs."""
