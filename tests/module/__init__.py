"""The module object: its names, its constants, its functions' checks of arguments."""
