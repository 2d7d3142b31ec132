"""What all routes share: who may pass, how bodies are read, how failures are told, which headers go out."""
