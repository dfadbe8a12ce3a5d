"""What every simulator shares: HTTP server, child process, faults, log, and the paths beside the API."""
