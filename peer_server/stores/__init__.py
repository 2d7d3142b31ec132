"""The tables of `peer_server`, and the Core functions that run over them in `Store.write` and `Store.read`."""
