"""What a corpus is, what parameters would do to it, and which parameters it needs: for people who have an export."""
