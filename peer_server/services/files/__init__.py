"""Uploaded files: kept, referred to, opened by signed links."""
