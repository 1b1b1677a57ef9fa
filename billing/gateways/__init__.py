"""Where card payments go. The rest of the project knows only `base`; `stripe` speaks to Stripe or to the sandbox."""
