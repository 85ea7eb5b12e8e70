"""Tables of the trade that several stages use."""
