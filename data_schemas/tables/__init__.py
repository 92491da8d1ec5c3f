"""The tables that stages hand to each other."""
