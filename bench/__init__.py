"""Measures a real server process from outside and writes docs/benchmarks.md: `python -m bench`.

The server is started as an operator would; publishers and viewers come from `loadtest` and run in other processes, on
other cores where there are any. Nothing here is imported by the product.
"""
