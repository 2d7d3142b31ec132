"""The built-in step types, one file each, registered by entry points exactly like anybody else's."""
