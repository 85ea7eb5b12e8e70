"""Entities (spaCy) and topics (IPTC Media Topics).

Drivers may import these modules; the others are the inside of the stage.

    packages       models that are not installed
    tag_batches    batch functions of TagTopics and TagEntities
    topics         settings of the tagger
    transforms     TagTopics, TagEntities
"""
