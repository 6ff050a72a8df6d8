"""What a person runs: the command line, and the sandbox NCBI that the demo and the tests use."""
