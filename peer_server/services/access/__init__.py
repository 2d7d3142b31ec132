"""Who may reach what: the one access function, sharing, and who was refused."""
