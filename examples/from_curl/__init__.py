"""Every way to run a flow from another program, with curl alone: `requests.sh`."""
