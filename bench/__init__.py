"""What is measured, beside what: `make bench`. Figures are medians of interleaved runs; ratios are the result."""
