"""The use cases: each checks access, acts in one transaction, and tells who must know."""
