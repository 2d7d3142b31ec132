"""What goes for good: settings of how long things are kept, deletion now, and the sweep."""
