"""Tables of newsroom conventions that several stages use."""
