"""The history of this package's tables. Add the next revision to `versions`, numbered, and move `HEAD`."""

HEAD = "0020"
