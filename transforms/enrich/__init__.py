"""Entities (spaCy) and topics (IPTC Media Topics).

Drivers may import these modules; the others are the inside of the stage.

    entities            the tagger of names
    entity_settings     its settings
    evaluate_topics     comparing topics with labels
    model_handler       TagEntitiesWith
    names.rules         the rules around the model, each of which can be switched off
    packages            models that are not installed
    tag_batches         batch functions of TagTopics and TagEntities
    topic_vocabulary    IPTC Media Topics
    topics              settings of the tagger
    transforms          TagTopics, TagEntities
    versions            versions of rules, classifier and lists
"""
