"""Words and characters, as readers get to see them; no part of the world and no rule of a case."""
