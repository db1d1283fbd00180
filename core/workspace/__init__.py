"""Where the stages keep their results."""
