"""What programs around f1stream count on, asked of a running one from outside."""
