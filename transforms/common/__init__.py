"""Code that several stages share: characters, encodings, XML, URLs."""
