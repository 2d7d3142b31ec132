"""Everything durable: the tables, the Core functions that every dialect shares, and one small file per dialect."""
