"""What a search keeps and how it chooses: the pool, the credit of its parts, its threads."""
