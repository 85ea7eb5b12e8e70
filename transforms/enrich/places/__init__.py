"""Places: which one of GeoNames a name stands for."""
