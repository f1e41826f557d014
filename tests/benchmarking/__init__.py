"""The benchmarks run, and say nothing that is not so."""
