"""The product's table of contents: each module here is a noun, each function in it something a person may see or do."""
