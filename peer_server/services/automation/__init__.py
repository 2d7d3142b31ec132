"""What starts flows without a person, and how requests of flows sign in."""
