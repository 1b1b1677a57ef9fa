"""Forms made from the catalogue: every action has one, until a page of its own does it better."""
