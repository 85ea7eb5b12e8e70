"""Direct speech: where it stands in a paragraph, and who says it. English, German and French."""
