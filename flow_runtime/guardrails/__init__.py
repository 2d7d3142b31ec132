"""The built-in scanners, one file each; registered by entry points like those of anybody else."""
