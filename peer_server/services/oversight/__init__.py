"""What was done and how it goes: the audit log and the monitor."""
