"""The history of the runtime's tables. Add the next revision to `versions`, numbered, and move `HEAD`."""

HEAD = "0003"
