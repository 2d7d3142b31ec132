"""`peer-server test`: scripted cases of a flow, run in memory with the real engine while virtual time passes."""
