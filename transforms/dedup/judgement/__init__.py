"""Judges whether one paragraph is a copy or an update of another: pure functions of the words of two texts."""
