"""Entities (spaCy) and topics (IPTC Media Topics)."""
