"""inkpipe: labeled images of handwriting go in, a promoted and served recognizer comes out.

Importing the package imports nothing heavy; each module imports what it needs.
"""

__version__ = "0.2.0"
