"""What has been measured: runs and result files as an arm's numbers by seed, and how far all of it is."""
