"""A small live origin inside the process: a newcomer sees a picture before any source is known."""

from f1stream.demo.origin import DemoOrigin, demo_origin

__all__ = ["DemoOrigin", "demo_origin"]
