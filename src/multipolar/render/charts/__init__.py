"""Charts: small functions from data to inline SVG."""
