"""Pure rules of billing: figures in, figures out. They know nothing of tables, clocks or customers."""
