"""Lists of places, nationalities, organisations and words, from the data files of this stage."""
