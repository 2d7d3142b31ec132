"""What people make flows with: drafts, checks, versions, files, variables."""
