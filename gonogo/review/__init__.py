"""What persons do with a run: decide on it, and seal what they approved."""
