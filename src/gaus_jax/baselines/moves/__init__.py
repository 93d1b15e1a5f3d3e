"""Moves of single nodes with exact incremental costs, which the searches share."""
