"""What a Peer does in its turn: the history it is given, the tools it has, the loop itself."""
