"""inkpipe: labelled images of handwriting go in, a promoted and served reader comes out.

Importing the package imports nothing heavy; each module imports what it needs.
"""

__version__ = "0.1.0"
