"""What stands below the text of an error."""
