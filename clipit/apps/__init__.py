"""What people open: the check that `make test` runs, the report of a run, the search index."""
