"""The socket of `/v1/ws`: accept, read commands, follow conversations, write frames. One concept per file."""
