"""What several stages need: characters, encodings, XML."""
