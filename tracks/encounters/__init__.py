"""Encounters: pairs of tracks placed to meet."""
