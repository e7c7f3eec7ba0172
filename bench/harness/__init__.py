"""What `run`, `figures` and `ceph` have in common."""
