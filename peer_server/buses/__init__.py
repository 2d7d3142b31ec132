"""The buses: one module per way of reaching the sockets."""
