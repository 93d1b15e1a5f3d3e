"""Linear relaxations of scheduling, and what solves them."""
