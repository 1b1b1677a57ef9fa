"""Money that comes in and goes back: worked out, asked of the gateway, ended once."""
