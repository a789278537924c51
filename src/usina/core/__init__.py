"""What every other part may know: operations, ports, errors, limits. Imports nothing of ours."""
