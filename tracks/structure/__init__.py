"""Graphs of encounter models learned from their counts."""
