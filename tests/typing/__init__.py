"""The types that checkers see."""
