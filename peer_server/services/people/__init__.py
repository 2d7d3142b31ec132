"""Who people are, how they come in, and who belongs to a workspace."""
