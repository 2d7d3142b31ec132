"""What lets programs and visitors in: keys, share links, endpoints, pushes."""
