"""The small shop that the examples talk to: orders, refunds that it counts, technicians, parts and weather."""
