"""`python -m f1stream`."""

from f1stream.cli import main

if __name__ == "__main__":
    main()
