"""Entries to paragraphs: HTML, normalisation, datelines, boilerplate, language.

Drivers may import these modules; the others are the inside of the stage.

    exported         paragraphs as HTML that is read without loss
    split            limits of an entry's paragraphs
    split_batches    the batch function of SplitParagraphs
    story_hash       the identity of a story without an id
    transforms       SplitParagraphs
"""
