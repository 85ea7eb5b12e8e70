"""The index of paragraphs that near and exact duplicates are found in; arrays and compressed texts, no Beam."""
