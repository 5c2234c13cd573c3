"""Load scenarios against f1stream and its peers, side by side on one machine."""
